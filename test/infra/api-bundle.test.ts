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

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'portcullis-api-'));
  await bundleFunctions(['api'], scratch);
}, 120_000);
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** What a new copy of the bundled function answers; nothing of AWS is there. */
async function ask(event: object): Promise<Answer> {
  const url = pathToFileURL(join(scratch, 'api', ENTRY)).href;
  const script = `const { handler } = await import(${JSON.stringify(url)});
    console.log(JSON.stringify(await handler(${JSON.stringify(event)})));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...ENVIRONMENT, PUBLIC_URL },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as Answer;
}

it('the bundled API describes each route as one machine does, but those that need the key of the links', async () => {
  const served = await ask(signedEvent('GET', '/api/openapi.json'));
  expect(served).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
  const { send } = makeWorld();
  const { paths } = (await (await send('GET', '/api/openapi.json')).json()) as Document;
  const links = Object.keys(paths).filter((path) => path.startsWith('/approvals/') || path.endsWith('/link'));
  expect(links.sort()).toEqual(['/api/approvals/{id}/link', '/approvals/signed-in', '/approvals/{token}']);
  for (const path of links) delete paths[path];
  expect(Object.keys(paths).length).toBeGreaterThan(25);
  expect((JSON.parse(served.body) as Document).paths).toEqual(paths);
});

it('the bundled API loads its use cases when one is asked for', async () => {
  const body = { format: 'ports', text: '192.0.2.3:22\n192.0.2.3:no-port' };
  const served = await ask(signedEvent('POST', '/api/import', { body }));
  expect(served).toMatchObject({ statusCode: 400, body: expect.stringMatching(/BAD_INPUT.*line 2.*no-port/i) });
});
