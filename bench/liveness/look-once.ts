/** One process that looks who is alive in a range: `look-once.ts connect|syn RATE FIRST LAST` prints `{ alive: [address], how, complete }`. */
import { addressOf, numberOf } from '../../core/net/address-number.ts';
import { LIVENESS_PORTS } from '../../core/planning/catalogue.ts';
import { Responders } from '../../core/scanning/liveness/responders.ts';
import { connectEngine } from '../../fargate-scanner/engines/connect/connect-engine.ts';
import { livenessEngine } from '../../fargate-scanner/engines/liveness/liveness-engine.ts';
import { synEngine } from '../../fargate-scanner/engines/syn/syn-engine.ts';

const [name, rate = '', first = '', last = ''] = process.argv.slice(2);
const [from, to] = [numberOf(first), numberOf(last)];
const targets = Array.from({ length: Number(to.value - from.value) + 1 }, (_, i) => ({
  address: addressOf(from.family, from.value + BigInt(i)),
  ports: LIVENESS_PORTS,
  rate: null,
}));
const engine = livenessEngine({ tcp: name === 'syn' ? synEngine() : connectEngine(), responders: new Responders() });
const alive: string[] = [];
const how: Record<string, number> = {};
let complete = false;
const job = { targets, tries: 1, timeoutMs: 1_250, rate: Number(rate), shared: null, seed: 1 };
for await (const event of engine.scan(job, new AbortController().signal)) {
  if (event.kind === 'alive') {
    alive.push(event.address);
    how[event.how] = (how[event.how] ?? 0) + 1;
  } else if (event.kind === 'done') ({ complete } = event);
}
console.log(JSON.stringify({ alive, how, complete }));
