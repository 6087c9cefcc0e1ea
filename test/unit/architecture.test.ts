import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

interface Import {
  file: string;
  /** Path from the root for our own files, the name for packages. */
  from: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)[^'"`;]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
  );
  return [...found].map((match) => {
    const from = (match[1] ?? match[2] ?? match[3]) as string;
    return { file, from: from.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), from)) : from };
  });
}

const room = (path: string) => path.split('/')[0] as string;
const imports = (folder: string) => sourcesIn(folder).flatMap(importsOf);
const said = (list: readonly Import[]) => list.map(({ file, from }) => `${file} imports ${from}`);

describe('the arrows of the house', () => {
  it('reads imports at all', () => {
    expect(imports('core').length).toBeGreaterThan(100);
    expect(importsOf('core/identity.ts')).toEqual([{ file: 'core/identity.ts', from: 'node:crypto' }]);
  });

  it('core imports core, zod and ipaddr.js; node:crypto only to hash', () => {
    const packages = new Set(['zod', 'ipaddr.js']);
    const foreign = imports('core').filter(
      ({ file, from }) =>
        room(from) !== 'core' && !packages.has(from) && !(file === 'core/identity.ts' && from === 'node:crypto'),
    );
    expect(said(foreign)).toEqual([]);
    expect(readFileSync(join(ROOT, 'core/identity.ts'), 'utf8')).toContain("import { createHash } from 'node:crypto';");
  });

  it('core has no clock, no randomness, no timers, no process', () => {
    const forbidden =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\b|\bprocess\.|\bcrypto\.(?:getRandomValues|randomUUID|subtle)\b|\bfetch\(/;
    const guilty = sourcesIn('core').filter((file) =>
      forbidden.test(withoutComments(readFileSync(join(ROOT, file), 'utf8'))),
    );
    expect(guilty).toEqual([]);
  });

  it('adapters import adapters, core and packages', () => {
    const own = new Set(['lambdas', 'local', 'web', 'infra', 'fargate-scanner', 'test', 'bench']);
    expect(said(imports('adapters').filter(({ from }) => own.has(room(from))))).toEqual([]);
  });

  it('web knows core, not what its ports are made of', () => {
    const foreign = imports('web').filter(({ from }) =>
      ['adapters', 'local', 'lambdas', 'infra', 'fargate-scanner'].includes(room(from)),
    );
    expect(said(foreign)).toEqual([]);
  });

  it('of lambdas/, only handlers and what they share to reach AWS import adapters', () => {
    const entries = /^lambdas\/(?:[a-z-]+\/handler|(?:api\/)?aws-[a-z-]+)\.ts$/;
    expect(
      said(imports('lambdas').filter(({ file, from }) => room(from) === 'adapters' && !entries.test(file))),
    ).toEqual([]);
    expect(said(imports('lambdas').filter(({ from }) => ['local', 'infra'].includes(room(from))))).toEqual([]);
  });

  it('of the scanner, only its entry point imports adapters, and nothing of the one-machine mode', () => {
    const foreign = imports('fargate-scanner').filter(
      ({ file, from }) =>
        ['local', 'lambdas', 'web', 'infra'].includes(room(from)) ||
        (room(from) === 'adapters' && file !== 'fargate-scanner/main.ts'),
    );
    expect(said(foreign)).toEqual([]);
  });

  it('no production code asks whether it is local or under test', () => {
    const asks = /\bisLocal\b|\bisTest\b|process\.env\[?\.?['"]?(?:VITEST|NODE_ENV|JEST)/;
    const folders = ['core', 'adapters', 'fargate-scanner', 'lambdas', 'local', 'web', 'infra'];
    expect(folders.flatMap(sourcesIn).filter((file) => asks.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
