import { pairsOf } from '../core/planning/pairs-of.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { ScanProgress } from './engines/engine.ts';

/** How far the shards are that this process scans now. */
export interface RunProgress {
  report(shard: Shard, progress: ScanProgress): void;
  end(shard: Shard): void;
  /** Address x port pairs that are done, of the shards of this run that have not ended. */
  underWay(runId: string): number;
}

export function runProgress(): RunProgress {
  const shards = new Map<string, { runId: string; pairs: number; part: number }>();
  return {
    report(shard, { done, total }) {
      const pairs = shards.get(shard.shardId)?.pairs ?? pairsOf(shard);
      shards.set(shard.shardId, { runId: shard.runId, pairs, part: total === 0 ? 1 : Math.min(1, done / total) });
    },
    end: ({ shardId }) => void shards.delete(shardId),
    underWay(runId) {
      let sum = 0;
      for (const one of shards.values()) if (one.runId === runId) sum += one.pairs * one.part;
      return Math.floor(sum);
    },
  };
}
