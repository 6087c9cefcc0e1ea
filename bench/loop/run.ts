/**
 * The whole loop as people meet it: a real `portcullis up` watches 16 loopback addresses, listeners open and close at random times,
 * some are closed by an approval; then it is left alone. A loop of `nmap -sT` over the same targets runs beside it.
 * Needs root, unshare, ip, nft, nmap; runs itself in a network namespace of its own. JSON on stdout, progress on stderr.
 *   node_modules/.bin/node bench/loop/run.ts [--seconds 60] [--idle 60] [--listeners 100] [--approve 20] [--seed 1]
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { inPrivateNetwork } from '../support/private-network.ts';
import { measureLoop } from './measure.ts';

/** Longer than every phase with all its patience. */
const LIMIT_MS = 1_200_000;

const asked = optionsOf(() => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      idle: { type: 'string', default: '60' },
      listeners: { type: 'string', default: '100' },
      approve: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
    },
  });
  return {
    openSeconds: wholeNumber('--seconds', values.seconds),
    idleSeconds: wholeNumber('--idle', values.idle, 0),
    listeners: wholeNumber('--listeners', values.listeners),
    approve: wholeNumber('--approve', values.approve, 0),
    seed: wholeNumber('--seed', values.seed, 0),
  };
});

process.exitCode = await inPrivateNetwork(fileURLToPath(import.meta.url), LIMIT_MS, async () => {
  const result = await measureLoop({
    ...asked,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  console.log(JSON.stringify(result, null, 2));
  return result.targets.every((target) => target.pass) ? 0 : 1;
});
