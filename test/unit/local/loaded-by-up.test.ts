import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const UP = new URL('../../../local/up.ts', import.meta.url).href;

/** Prints the address of each file that is loaded with `up`. */
const PRINT = `
  import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => { console.log(url); return next(url, context); } });
  await import(${JSON.stringify(UP)});
`;

it('loads no client of AWS that only watched accounts need, until there is one', () => {
  const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', PRINT], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  const clients = [...loaded.matchAll(/@aws-sdk\/(client-[a-z0-9-]+)\//g)].flatMap(([, name]) => name ?? []);
  expect([...new Set(clients)].toSorted()).toEqual(['client-dynamodb', 'client-sns', 'client-sqs']);
});
