/**
 * From a rule that somebody opens to the verdict, on one machine: moto speaks EC2, its groups really filter, real listeners answer, and each
 * change is handed in as the event that EventBridge would deliver. `evaluated`: what the rule lets in is worked out and stored. `confirmed`: the
 * port was probed and the finding names the rule. No peer: nobody else joins the two.
 * Needs root, unshare, ip, nft and the moto that `npm test` installs; runs itself in a network namespace of its own. JSON on stdout.
 *   node_modules/.bin/node bench/events/run.ts [--events 40]
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { inPrivateNetwork } from '../support/private-network.ts';
import { measureEvents } from './measure.ts';

const LIMIT_MS = 600_000;

const events = optionsOf(() => {
  const { values } = parseArgs({ options: { events: { type: 'string', default: '40' } } });
  return wholeNumber('--events', values.events);
});

process.exitCode = await inPrivateNetwork(fileURLToPath(import.meta.url), LIMIT_MS, async () => {
  const result = await measureEvents({
    events,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  console.log(JSON.stringify(result, null, 2));
  return result.targets.every((target) => target.pass) ? 0 : 1;
});
