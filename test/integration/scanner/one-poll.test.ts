import { expect, it, vi } from 'vitest';
import type { ReceivedShard, ShardSource } from '../../../core/ports/shard-source.ts';
import { runProgress } from '../../../fargate-scanner/progress.ts';
import { LANES, runScanner } from '../../../fargate-scanner/queue-loop.ts';
import { aShard } from '../../builders/shard.ts';
import { aShardResult } from '../../builders/shard-result.ts';
import { freeClaims } from '../../support/scanner/claims.ts';

/** A queue in memory that knows how many polls wait at it. */
class CountedSource implements ShardSource {
  readonly visibilitySeconds = 60;
  readonly #waiting: ((received: ReceivedShard) => void)[] = [];
  polls = 0;
  most = 0;

  /** To whoever polls. */
  offer(shardId: string): boolean {
    const give = this.#waiting.shift();
    give?.({ shard: aShard({ shardId }), handle: shardId });
    return give !== undefined;
  }

  async receive({ signal }: { signal?: AbortSignal }): Promise<ReceivedShard | undefined> {
    this.polls += 1;
    this.most = Math.max(this.most, this.polls);
    try {
      return await new Promise((resolve) => {
        this.#waiting.push(resolve);
        signal?.addEventListener('abort', () => resolve(undefined), { once: true });
      });
    } finally {
      this.polls -= 1;
    }
  }

  readonly settled: string[] = [];
  readonly extend = async () => undefined;
  readonly giveBack = async () => undefined;
  readonly poison = async () => undefined;
  readonly done = async (handle: string) => void this.settled.push(handle);
}

it('polls each lane once at a time, scans as many shards of it at once as it may, and ends with none waiting', async () => {
  const sources = { priority: new CountedSource(), bulk: new CountedSource(), backstop: new CountedSource() };
  const stopping = new AbortController();
  const finish: (() => void)[] = [];
  const ended = runScanner({
    queues: { ...sources, results: { send: async () => undefined } },
    scan: async (shard) => {
      await new Promise<void>((resolve) => {
        finish.push(resolve);
      });
      return aShardResult({ shard });
    },
    whyStopped: async () => null,
    claims: freeClaims(),
    signal: stopping.signal,
    log: { info: () => undefined, warn: () => undefined },
    progress: runProgress(),
    concurrency: { priority: 3, bulk: 3, backstop: 3 },
  });
  const { bulk } = sources;
  for (const id of ['s-1', 's-2', 's-3']) await vi.waitUntil(() => bulk.offer(id));
  await vi.waitUntil(() => finish.length === 3);
  // All three are at work: nobody polls.
  expect(bulk.polls).toBe(0);
  finish.splice(0, 1)[0]?.();
  await vi.waitUntil(() => bulk.settled.length === 1);
  await vi.waitUntil(() => bulk.offer('s-4'));
  await vi.waitUntil(() => finish.length === 3);
  for (const end of finish) end();
  await vi.waitUntil(() => bulk.settled.length === 4);
  expect(LANES.map((lane) => sources[lane].most)).toEqual([1, 1, 1]);
  stopping.abort();
  await ended;
  expect(LANES.map((lane) => sources[lane].polls)).toEqual([0, 0, 0]);
});
