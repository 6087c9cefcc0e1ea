import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const PAGES = globSync(
  ['*.md', 'docs/**/*.md', '{core,adapters,lambdas,fargate-scanner,local,web,infra,test,bench}/**/*.md'],
  {
    cwd: ROOT,
    exclude: (path) => path.includes('node_modules'),
  },
).sort();

/** Folders whose files pages name; what else stands in code is no path of ours. */
const OUR_PATH = /^(?:\.ci|adapters|bench|core|docs|fargate-scanner|infra|lambdas|local|test|web)\/[\w.*<>{},/-]*$/;

interface Page {
  readonly path: string;
  /** Without fenced blocks: what they show are commands and pictures. */
  readonly text: string;
}

const read = (path: string): Page => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, ''),
});

/** As GitHub names headings: lower case, blanks to hyphens, punctuation left out. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} +(.+?) *$/gm)].map((match) => match[1] as string);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLinks(page: Page): string[] {
  const targets = [...page.text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? page.path : join(dirname(page.path), file);
    if (!existsSync(join(ROOT, path))) return true;
    return anchor !== undefined && !anchorsOf(read(path).text).has(anchor);
  });
}

function missingPaths(page: Page): string[] {
  const codes = [...page.text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);
  return codes
    .filter((code) => OUR_PATH.test(code))
    .filter((code) => globSync(code.replaceAll(/<[^>]*>/g, '*'), { cwd: ROOT }).length === 0);
}

describe('the pages', () => {
  it('are found', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['CONTRIBUTING.md', 'docs/architecture.md', 'docs/runbook.md']));
  });

  it('would be caught with a dead link, a wrong anchor or a path that is gone', () => {
    const text =
      '# One two\n[a](#one-two) [b](#three) [c](gone.md) `core/time.ts` `core/gone.ts` `lambdas/<name>/env.ts` `core/*.gone`';
    const page = { path: 'README.md', text };
    expect(missingPaths(page)).toEqual(['core/gone.ts', 'core/*.gone']);
    expect(brokenLinks({ ...page, path: 'docs/architecture.md' })).toEqual(['#one-two', '#three', 'gone.md']);
    expect([...anchorsOf(text)]).toEqual(['one-two']);
  });

  it.each(PAGES)('%s links to what is there', (path) => {
    expect(brokenLinks(read(path))).toEqual([]);
  });

  it.each(PAGES)('%s names files that are there', (path) => {
    expect(missingPaths(read(path))).toEqual([]);
  });

  it('of decisions are numbered without a gap', () => {
    const names = PAGES.filter((path) => dirname(path) === 'docs/decisions').map((path) =>
      relative('docs/decisions', path),
    );
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1));
    const titled = names.filter((name) =>
      read(`docs/decisions/${name}`).text.startsWith(`# ${Number(name.slice(0, 4))}. `),
    );
    expect(titled).toEqual(names);
  });
});
