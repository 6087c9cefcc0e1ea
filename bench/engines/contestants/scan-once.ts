/**
 * One process that scans ports of addresses as one shard, through all that a shard goes through in the product.
 *   scan-once.ts ENGINE TRIES PORTS ADDRESS... (or one network of IPv4)
 * Prints `address port` for what is open, and on stderr what the shard's result says of itself.
 */
import { minutes, toInstant } from '../../../core/time.ts';
import { scanShard } from '../../../fargate-scanner/scan-shard.ts';
import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import { NOTHING_FORBIDDEN } from '../../../test/support/scanner/nothing-forbidden.ts';
import { aShard } from '../../support/a-shard.ts';

/** Far above what any engine can do: it is left to find its own rate. */
const RATE = 10_000_000;

const [name = '', tries = '', ports = '', ...given] = process.argv.slice(2);
const addresses = given.flatMap(addressesOf);
const shard = aShard({ addresses, ports, tries: Number(tries), rate: RATE });
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const result = await scanShard(shard, {
  ...NOTHING_FORBIDDEN,
  engine: await engineOf(name),
  clock: { now: () => toInstant(Date.now()) },
  limits: { rate: RATE, shared: null, perAddressRate: null, deadlineMs: minutes(5) },
  signal: stopping.signal,
});
const lines = result.results.flatMap((seen) => seen.open.map(({ port }) => `${seen.address} ${port}\n`));
process.stdout.write(lines.join(''));
process.stderr.write(`${JSON.stringify({ status: result.status, reason: result.reason })}\n`);

/** Every address of `10.1.0.0/16`; an address alone is itself. */
function addressesOf(text: string): string[] {
  const [address = '', bits] = text.split('/');
  if (bits === undefined) return [address];
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return Array.from({ length: 2 ** (32 - Number(bits)) }, (_, i) =>
    [24, 16, 8, 0].map((shift) => ((first + i) >>> shift) & 255).join('.'),
  );
}

async function engineOf(engine: string): Promise<Engine> {
  if (engine === 'connect') {
    const { connectEngine } = await import('../../../fargate-scanner/engines/connect/connect-engine.ts');
    return connectEngine();
  }
  const { synEngine } = await import('../../../fargate-scanner/engines/syn/syn-engine.ts');
  return synEngine();
}
