/**
 * Results of a fleet through the real queue, event pump, functions and store, in one process as on one machine: rounds in which nothing
 * changed, rounds in which a port opens or closes at every address, and as many plain puts into the same store, in turn.
 * Results are made up here; nothing is scanned. JSON on stdout, progress on stderr.
 *   node_modules/.bin/node bench/ingest/run.ts [--minutes 10] [--addresses 1024]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../local/bootstrap/node-flags.mjs';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { measureIngest } from './measure.ts';

const asked = optionsOf(() => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, addresses: { type: 'string', default: '1024' } },
  });
  return { minutes: wholeNumber('--minutes', values.minutes), addresses: wholeNumber('--addresses', values.addresses) };
});

if (NODE_FLAGS.every((flag) => process.execArgv.includes(flag))) {
  const result = await measureIngest({
    ...asked,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  console.log(JSON.stringify(result, null, 2));
  process.exitCode = result.targets.every((target) => target.pass) ? 0 : 1;
} else {
  // Memory is only worth measuring with the flags and the environment that the program runs with.
  const again = [...NODE_FLAGS, ...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(process.execPath, again, {
    stdio: 'inherit',
    env: { ...NODE_ENVIRONMENT, ...process.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
