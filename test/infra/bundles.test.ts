import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFunctions, ENTRY, functionNames } from '../../infra/bundling/bundle.ts';
import { ENVIRONMENT } from './support/bundle-environment.ts';
import { deploy } from './support/deployment.ts';
import { reaches } from './support/permissions.ts';
import { STORE_ITEMS, storeUses } from './support/store-uses.ts';

const run = promisify(execFile);
/** Bytes that Node loads before the first event, without accounts to watch (issue 4, "Speed and size"). */
const MAX_COLD_BYTES = 400_000;
/** With the code that reads and changes networks, loaded where accounts are configured, and the description of the API. */
const MAX_BYTES = 900_000;

const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(0)} kB`;

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
      expect(coldBytes).toBeLessThanOrEqual(MAX_COLD_BYTES);
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
      ['emit', pipeline.emit!.role],
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
