import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleFunctions, ENTRY } from '../../infra/bundling/bundle.ts';
import { PUBLIC_URL } from '../support/lambdas/deployment.ts';
import { signedEvent } from '../support/lambdas/signed-event.ts';
import { makeWorld } from '../support/web/world.ts';
import { ENVIRONMENT } from './support/bundle-environment.ts';

const run = promisify(execFile);

interface Document {
  paths: Record<string, object>;
}

let scratch: string;
let served: { statusCode: number; headers: Record<string, string>; body: string };

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'portcullis-document-'));
  await bundleFunctions(['api'], scratch);
  const url = pathToFileURL(join(scratch, 'api', ENTRY)).href;
  const event = JSON.stringify(signedEvent('GET', '/api/openapi.json'));
  const script = `const { handler } = await import(${JSON.stringify(url)}); console.log(JSON.stringify(await handler(${event})));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...ENVIRONMENT, PUBLIC_URL },
    timeout: 60_000,
  });
  served = JSON.parse(stdout) as typeof served;
}, 120_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

it('the bundled function serves its OpenAPI document', () => {
  expect(served).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
});

it('the bundled function describes each route as one machine does, but those that need the key of the links', async () => {
  const { send } = makeWorld();
  const { paths } = (await (await send('GET', '/api/openapi.json')).json()) as Document;
  const links = Object.keys(paths).filter((path) => path.startsWith('/approvals/') || path.endsWith('/link'));
  expect(links.sort()).toEqual(['/api/approvals/{id}/link', '/approvals/signed-in', '/approvals/{token}']);
  for (const path of links) delete paths[path];
  expect(Object.keys(paths).length).toBeGreaterThan(25);
  expect((JSON.parse(served.body) as Document).paths).toEqual(paths);
});
