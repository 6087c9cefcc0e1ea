import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { type Bundle, bundleFunctions, ENTRY, functionNames } from '../../infra/bundling/bundle.ts';
import { deploy } from './support/deployment.ts';
import { reaches } from './support/permissions.ts';
import { STORE_ITEMS, storeUses } from './support/store-uses.ts';

const run = promisify(execFile);
/** Bytes that Node loads before the first event, without accounts to watch (issue 4, "Speed and size"). */
const MAX_COLD_BYTES = 400_000;
/** It describes its routes with OpenAPI: the writer of it brings all of zod, 90 kB more, and 30 of its own. */
const MAX_COLD_BYTES_OF_API = 600_000;
/** With the code that reads and changes networks, loaded where accounts are configured. */
const MAX_BYTES = 850_000;

const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(0)} kB`;
const queue = (name: string) => `https://sqs.eu-central-1.amazonaws.com/123456789012/${name}`;
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  TABLE_NAME: 'portcullis',
  SETTINGS: JSON.stringify({ ...DEFAULT_SETTINGS, targets: ['192.0.2.1'] }),
  SHARDS_QUEUE_URL: queue('shards'),
  SHARDS_PRIORITY_QUEUE_URL: queue('urgent'),
  SHARDS_BACKSTOP_QUEUE_URL: queue('backstop'),
  ALERTS_QUEUE_URL: queue('alerts'),
  RESULTS_QUEUE_URL: queue('results'),
  REMEDIATION_QUEUE_URL: queue('remediation'),
  DEAD_LETTERS_QUEUE_URL: queue('dead'),
  ALERT_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:alerts',
  LINK_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:links',
  LINK_KEY_ID: '1234abcd-12ab-34cd-56ef-1234567890ab',
  PUBLIC_URL: 'https://abc.execute-api.eu-central-1.amazonaws.com',
  PRODUCT_ARN: 'arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default',
  CHANGE_ROLE_ARN: 'arn:aws:iam::123456789012:role/remediate',
};

let scratch: string;
let bundles: Bundle[];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'portcullis-bundles-'));
  bundles = await bundleFunctions(await functionNames(), scratch);
}, 120_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

const evaluate = (script: string, env: Record<string, string>) =>
  run(process.execPath, ['--input-type=module', '--eval', script], { env, timeout: 60_000 });
const urlOf = ({ directory }: Bundle) => JSON.stringify(pathToFileURL(join(directory, ENTRY)).href);

describe('the bundles', { timeout: 120_000 }, () => {
  it('are those of every folder with a handler, and infra deploys each of them', () => {
    const asked = new Set<string>();
    deploy(undefined, (name) => asked.add(name));
    expect([...asked].toSorted()).toEqual(bundles.map(({ name }) => name));
    expect(bundles.length).toBeGreaterThanOrEqual(9);
  });

  it('start under Node 24 with the variables they are given, and offer a handler', async () => {
    for (const bundle of bundles) {
      const { stdout } = await evaluate(`console.log(typeof (await import(${urlOf(bundle)})).handler)`, ENVIRONMENT);
      expect([bundle.name, stdout.trim()]).toEqual([bundle.name, 'function']);
    }
  });

  it('without their variables die at once and name all of them, without their values', async () => {
    for (const bundle of bundles) {
      const script = `try { await import(${urlOf(bundle)}); } catch (error) { console.log(error.message); }`;
      const { stdout } = await evaluate(script, { AWS_REGION: 'eu-central-1', TABLE_NAME: '', SETTINGS: '' });
      expect(`${bundle.name}: ${stdout}`).toMatch(/environment of this function is wrong: .*TABLE_NAME: .*needed/);
    }
  });

  it('need nothing that is not in them', async () => {
    for (const { directory } of bundles) {
      for (const file of await readdir(directory)) {
        if (!file.endsWith('.mjs')) continue;
        const text = await readFile(join(directory, file), 'utf8');
        const specifiers = [...text.matchAll(/(?:^|[;}\s])(?:import|export)[^;'"()]*?from\s*"([^"]+)"/g)].map(
          ([, specifier = '']) => specifier,
        );
        for (const specifier of specifiers) expect(specifier).toMatch(/^(node:|\.\/|[a-z_]+(\/promises)?$)/);
      }
    }
  });

  it('are small: before the first event, and with the code for watched accounts', () => {
    for (const { name, coldBytes, bytes } of bundles) {
      console.log(
        `${name.padEnd(16)} ${kilobytes(coldBytes)} cold, ${kilobytes(bytes)} with what is loaded when it is needed`,
      );
      expect(coldBytes).toBeLessThanOrEqual(name === 'api' ? MAX_COLD_BYTES_OF_API : MAX_COLD_BYTES);
      expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    }
  });
});

describe('what a function may do with the table', () => {
  /** Functions by the folder of their code. */
  function rolesByName(): Map<string, IRole> {
    const { pipeline, people, events } = deploy();
    return new Map([
      ['dispatch', pipeline.dispatch.role],
      ['ingest', pipeline.ingest.role],
      ['remediate', pipeline.remediate.role],
      ['reconcile', pipeline.reconcile.role],
      ['emit', pipeline.emit.role],
      ['alert', people.alert.role],
      ['approvals', people.approvals.role],
      ['api', people.api.role],
      ['firewall-events', events.firewallEvents.role],
      ['inventory', events.inventory.role],
    ]);
  }

  it('is every call of a store that its code makes, and no more', async () => {
    const roles = rolesByName();
    const readable = await bundleFunctions(await functionNames(), join(scratch, 'readable'), { minify: false });
    for (const { name, directory } of readable) {
      const role = roles.get(name);
      if (role === undefined) throw new Error(`${name} is not looked at here`);
      const uses = await storeUses(directory);
      const granted = Object.entries(STORE_ITEMS).flatMap(([store, { partition, calls }]) =>
        Object.entries(calls).flatMap(([use, action]) => (reaches(role, action, partition) ? [`${store} ${use}`] : [])),
      );
      expect({ name, may: granted.toSorted() }).toEqual({ name, may: [...uses].toSorted() });
    }
  });
});
