import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Large enough for what a function needs, small enough to notice that half of node_modules came along. */
const MAX_BUNDLE_BYTES = 2_000_000;

const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  TABLE_NAME: 'portcullis',
  SETTINGS: JSON.stringify({ ...DEFAULT_SETTINGS, targets: ['192.0.2.1'] }),
  SHARDS_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/shards',
  SHARDS_PRIORITY_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/urgent',
  SHARDS_BACKSTOP_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/backstop',
  ALERTS_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/alerts',
  REMEDIATION_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/remediation',
  DEAD_LETTERS_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/dead',
  ALERT_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:alerts',
  LINK_KEY_ID: '1234abcd-12ab-34cd-56ef-1234567890ab',
  PUBLIC_URL: 'https://abc.execute-api.eu-central-1.amazonaws.com',
};

let output: string;
let bundles: string[] = [];

beforeAll(async () => {
  output = await mkdtemp(join(tmpdir(), 'portcullis-synth-'));
  // The command of the README, without a way to any network service: no account, no look-ups.
  await run('npx', ['cdk', 'synth', '--quiet', '--output', output], { cwd: ROOT, timeout: 120_000 });
  const template = JSON.parse(await readFile(join(output, 'Portcullis.template.json'), 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: { Handler?: string } }>;
  };
  const ours = Object.values(template.Resources).filter(({ Properties }) => Properties.Handler === 'index.handler');
  const assets = (await readdir(output)).filter((name) => name.startsWith('asset.'));
  const files = assets.map((name) => join(output, name, 'index.mjs'));
  const there = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => file,
        () => undefined,
      ),
    ),
  );
  bundles = there.filter((file) => file !== undefined);
  expect(ours.length).toBeGreaterThanOrEqual(6);
}, 150_000);

afterAll(() => rm(output, { recursive: true, force: true }));

it('every function is bundled, starts under Node 24 with the variables it is given, and offers a handler', async () => {
  expect(bundles).toHaveLength(6);
  for (const file of bundles) {
    const { stdout } = await run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `const { handler } = await import(${JSON.stringify(file)}); console.log(typeof handler);`,
      ],
      { env: ENVIRONMENT },
    );
    expect(stdout.trim()).toBe('function');
    expect((await stat(file)).size).toBeLessThan(MAX_BUNDLE_BYTES);
  }
});

it('a function without its variables dies at once and names all of them, without their values', async () => {
  const [file] = bundles;
  const started = run(process.execPath, ['--input-type=module', '--eval', `await import(${JSON.stringify(file)});`], {
    env: { AWS_REGION: 'eu-central-1', TABLE_NAME: '' },
  });
  await expect(started).rejects.toThrow(/environment of this function is wrong: TABLE_NAME: .*needed; /);
});
