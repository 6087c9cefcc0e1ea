import { expect, it, vi } from 'vitest';
import type { Shard } from '../../../core/planning/shard.ts';
import type { AddressLeases } from '../../../core/ports/address-leases.ts';
import type { ReceivedShard, ShardSource } from '../../../core/ports/shard-source.ts';
import { toInstant } from '../../../core/time.ts';
import { makeClaims } from '../../../fargate-scanner/claims.ts';
import { runProgress } from '../../../fargate-scanner/progress.ts';
import { type Lane, runScanner } from '../../../fargate-scanner/queue-loop.ts';
import { aShard } from '../../builders/shard.ts';
import { aShardResult } from '../../builders/shard-result.ts';
import { MemoryAddressLeases } from '../../support/memory/address-leases.ts';

const clock = { now: () => toInstant(Date.now()) };

/** A queue that several scanners share. */
class SharedQueue implements ShardSource {
  readonly visibilitySeconds = 60;
  readonly waiting: Shard[];
  readonly held = new Map<string, Shard>();
  readonly received: string[] = [];
  readonly done: (handle: string) => Promise<void>;
  readonly back: string[] = [];

  constructor(...shards: Shard[]) {
    this.waiting = shards;
    this.done = async (handle) => void this.held.delete(handle);
  }

  async receive({ signal }: { signal?: AbortSignal }): Promise<ReceivedShard | undefined> {
    await vi.waitUntil(() => this.waiting.length > 0 || signal?.aborted === true, { timeout: 60_000, interval: 5 });
    const shard = signal?.aborted === true ? undefined : this.waiting.shift();
    if (shard === undefined) return undefined;
    this.received.push(shard.shardId);
    this.held.set(shard.shardId, shard);
    return { shard, handle: shard.shardId };
  }

  readonly extend = async () => undefined;
  readonly poison = async () => undefined;
  async giveBack(handle: string): Promise<void> {
    this.held.delete(handle);
    this.back.push(handle);
  }
}

/** Scanners on one queue, each as if it had a machine of its own. `finish` ends what is being scanned. */
function start(
  queue: SharedQueue,
  count: number,
  { lane = 'bulk', leases = new MemoryAddressLeases() }: { lane?: Lane; leases?: AddressLeases } = {},
) {
  const stopping = new AbortController();
  const scanning = new Map<string, () => void>();
  const order: string[] = [];
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message) };
  const idle = () => ({ priority: new SharedQueue(), bulk: new SharedQueue(), backstop: new SharedQueue() });
  const all = Array.from({ length: count }, (_, i) =>
    runScanner({
      queues: { ...idle(), [lane]: queue, results: { send: async () => undefined } },
      async scan(shard, { signal }) {
        order.push(shard.shardId);
        await new Promise<void>((resolve) => {
          scanning.set(shard.shardId, resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        scanning.delete(shard.shardId);
        return aShardResult({ shard, status: signal.aborted ? 'partial' : 'complete', results: [] });
      },
      whyStopped: async () => null,
      claims: makeClaims({
        leases,
        clock,
        log,
        scanner: `scanner-${i}`,
        lifeMs: 45_000,
        rates: { owner: 400, small: 50 },
        isOwn: () => false,
      }),
      signal: stopping.signal,
      log,
      progress: runProgress(),
      concurrency: { priority: 2, bulk: 2, backstop: 2 },
    }),
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(all);
  };
  return { scanning, order, warnings, stop };
}

const sweep = (shardId: string, address: string) => aShard({ shardId, addresses: [address], ports: '1-2047' });
const until = (is: () => boolean) => vi.waitUntil(is, { timeout: 20_000, interval: 5 });

it('one shard sweeps an address at a time, on all scanners together, and those that wait are received once', async () => {
  const shards = ['a', 'b', 'c', 'd', 'e'].map((id) => sweep(id, '192.0.2.1'));
  const queue = new SharedQueue(...shards);
  const { scanning, order, stop } = start(queue, 2);
  for (const count of [1, 2, 3, 4, 5]) {
    await until(() => order.length === count);
    expect(scanning.size).toBe(1);
    for (const finish of scanning.values()) finish();
  }
  await until(() => queue.held.size === 0);
  await stop();
  expect(order.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(queue.received.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(queue.back).toEqual([]);
});

it('what waits for its address keeps no place: other addresses and small shards go on beside it', async () => {
  const small = aShard({ shardId: 'small', addresses: ['192.0.2.1'], ports: '22' });
  const queue = new SharedQueue(
    sweep('a', '192.0.2.1'),
    sweep('waits', '192.0.2.1'),
    sweep('other', '192.0.2.2'),
    small,
  );
  const { scanning, order, stop } = start(queue, 1);
  await until(() => scanning.size === 2);
  expect([...scanning.keys()]).toEqual(['a', 'other']);
  scanning.get('other')?.();
  await until(() => scanning.has('small'));
  expect(scanning.has('a')).toBe(true);
  scanning.get('a')?.();
  await until(() => scanning.has('waits'));
  for (const finish of scanning.values()) finish();
  await until(() => queue.held.size === 0);
  await stop();
  expect(order).toEqual(['a', 'other', 'small', 'waits']);
});

it('a confirmation does not wait behind a scan of every port of one address', async () => {
  const every = Array.from({ length: 32 }, (_, i) => sweep(`every-${i}`, '192.0.2.1'));
  const confirm = aShard({ shardId: 'confirm', purpose: 'confirm', addresses: ['192.0.2.1'], ports: '22' });
  const queue = new SharedQueue(...every, confirm);
  const { scanning, order, stop } = start(queue, 1, { lane: 'priority' });
  await until(() => scanning.has('confirm'));
  expect(order).toEqual(['every-0', 'confirm']);
  await stop();
  expect(queue.back).toHaveLength(33);
});

it('those that waited do not all start at once when many addresses become free', async () => {
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'];
  const leases = new MemoryAddressLeases();
  const slow: AddressLeases = {
    async take(...asked) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return leases.take(...asked);
    },
    release: (...asked) => leases.release(...asked),
  };
  await leases.take(addresses, 'another', clock.now(), toInstant(Date.now() + 600_000));
  const queue = new SharedQueue(...addresses.map((address, i) => sweep(`s-${i}`, address)));
  const { scanning, order, stop } = start(queue, 1, { lane: 'priority', leases: slow });
  await until(() => queue.received.length === 6);
  let most = 0;
  const look = (): number => (most = Math.max(most, scanning.size));
  const watching = setInterval(look, 1);
  await leases.release(addresses, 'another');
  // Twice what one lane scans at once.
  await until(() => look() >= 4);
  for (const count of [5, 6]) {
    scanning.values().next().value?.();
    await until(() => order.length === count);
  }
  clearInterval(watching);
  expect(most).toBe(4);
  await stop();
});

it('a shard that is delivered again while the first delivery is being scanned waits for its end', async () => {
  const queue = new SharedQueue(sweep('a', '192.0.2.1'), sweep('a', '192.0.2.1'));
  const { scanning, order, stop } = start(queue, 2);
  await until(() => queue.received.length === 2);
  await until(() => scanning.size === 1);
  expect(order).toEqual(['a']);
  scanning.get('a')?.();
  await until(() => order.length === 2);
  await stop();
});

it('who waits when the scanner stops is given back at once, and so is what is scanned', async () => {
  const queue = new SharedQueue(sweep('a', '192.0.2.1'), sweep('b', '192.0.2.1'));
  const { scanning, stop } = start(queue, 1);
  await until(() => scanning.size === 1 && queue.received.length === 2);
  await stop();
  expect(queue.back.toSorted()).toEqual(['a', 'b']);
  expect(queue.held.size).toBe(0);
});

it('nothing is sent to an address whose lease cannot be written: the shard stays on its queue, and the log says so', async () => {
  const queue = new SharedQueue(sweep('a', '192.0.2.1'));
  const down: AddressLeases = {
    take: () => Promise.reject(new Error('Could not write pk=LEASE#1 sk=LEASE.')),
    release: async () => undefined,
  };
  const { order, warnings, stop } = start(queue, 1, { leases: down });
  await until(() => warnings.length > 0);
  expect(warnings).toEqual(['a shard failed']);
  expect(order).toEqual([]);
  // Neither done nor put aside: it comes back when its time is up.
  expect([...queue.held.keys()]).toEqual(['a']);
  expect(queue.back).toEqual([]);
  await stop();
});
