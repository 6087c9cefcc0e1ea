import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seeded } from '../support/random.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let work: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'portcullis-app-'));
});
afterEach(() => rm(work, { recursive: true, force: true }));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** `node infra/app.ts` in a directory with this portcullis.yaml, as `cdk synth` runs it. Nothing is bundled. */
async function synthesize(yaml: string | null): Promise<Ended> {
  if (yaml !== null) await writeFile(join(work, 'portcullis.yaml'), yaml);
  const { context } = JSON.parse(await readFile(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  const env = {
    PATH: process.env['PATH'],
    CDK_OUTDIR: join(work, 'cdk.out'),
    CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
  };
  try {
    const { stdout, stderr } = await run(process.execPath, [join(ROOT, 'infra/app.ts')], {
      cwd: work,
      env,
      timeout: 100_000,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ended;
  }
}

describe('the app', { timeout: 120_000 }, () => {
  it('writes a template for each stack and finds nothing to complain about', async () => {
    const { code, stderr } = await synthesize(
      'targets: [192.0.2.0/28]\nmode: approve\naws: { regions: [eu-west-1], accounts: [{ account: "210987654321", readRole: "arn:aws:iam::210987654321:role/r" }] }\n',
    );
    expect(stderr).not.toMatch(/error/i);
    expect(code).toBe(0);
    const report = JSON.parse(await readFile(join(work, 'cdk.out/validation-report.json'), 'utf8')) as {
      pluginReports: { pluginName: string; conclusion: string; violations: unknown[] }[];
    };
    for (const { pluginName, conclusion, violations } of report.pluginReports) {
      expect({ pluginName, conclusion, violations }).toEqual({ pluginName, conclusion: 'success', violations: [] });
    }
    for (const stack of ['Data', 'Pipeline', 'People', 'Scanners', 'Events', 'Observability']) {
      await expect(readFile(join(work, `cdk.out/Portcullis${stack}.template.json`), 'utf8')).resolves.toContain(
        'Resources',
      );
    }
  });

  it.each([
    [
      'a mode that is none',
      'mode: aprove\n',
      /^portcullis\.yaml:1: mode: "aprove" is not a mode: .*Did you mean "?approve"?\?/,
    ],
    ['an impossible network', 'targets: [10.0.0.0/33]\n', /^portcullis\.yaml:1: targets\[0\]: .*10\.0\.0\.0\/33/],
    [
      'a Region that is none',
      'aws: { regions: [frankfurt] }\n',
      /^portcullis\.yaml:1: .*"frankfurt" is not a Region: write one such as eu-west-1/,
    ],
    [
      'a file of this machine',
      'targets: ["@hosts.txt"]\n',
      /^targets: "@hosts\.txt" is a file of this machine, which functions do not have/,
    ],
    [
      'more addresses than fit',
      `targets: [${scattered(1_000).join(', ')}]\n`,
      /^The configuration has \d+ bytes even when it is packed: at most 3072 fit .* Write networks or ranges in place of single addresses/,
    ],
  ])('ends with 1 and one line for %s', async (_, yaml, line) => {
    const { code, stdout, stderr } = await synthesize(yaml);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(line)]);
  });

  it('names every mistake of a configuration at once', async () => {
    const { code, stderr } = await synthesize('mode: aprove\nrate: fast\n');
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  });
});

/** Addresses that no network sums up. */
function scattered(count: number): string[] {
  const random = seeded(3);
  return Array.from({ length: count }, () => `192.${[0, 1, 2].map(() => Math.floor(random() * 256)).join('.')}`);
}
