import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
/** A machine for which koffi has no build. */
const HOOK = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(name, context, next) {
      if (name === 'koffi') throw new Error('Cannot find the native Koffi module');
      return next(name, context);
    },
  });
`;
const ASK = `(async () => {
  const { hostEngines } = await import('${ROOT}/fargate-scanner/engines/engines.ts');
  const { waysOut } = await import('${ROOT}/fargate-scanner/engines/ways-out.ts');
  const { why, advice } = await hostEngines().owners.syn();
  console.log(JSON.stringify({ why, advice, ways: await waysOut() }));
})()`;

it('where koffi has no build the program starts, makes connections, and says why', async () => {
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const { stdout } = await run(process.execPath, ['--import', hook, '--eval', ASK]);
  const { why, advice, ways } = JSON.parse(stdout) as Record<'why' | 'advice', string> & { ways: unknown };
  expect(why).toMatch(/^koffi, which calls the C library, does not load \(.*Cannot find the native Koffi module.*\)$/);
  expect(advice).toContain('npm ci');
  expect(ways).toMatchObject({ known: false, text: expect.stringContaining('Koffi') as unknown });
});
