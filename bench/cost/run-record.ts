import { idOf } from '../../core/identity.ts';
import type { Profile } from './profiles.ts';
import { startPipeline } from './pipeline.ts';
import { settingsOf } from './shard-counts.ts';

/**
 * The record of a run: one item that holds the id of every shard that has ended, so each write is as large as what is there already.
 * Measured on DynamoDB Local with runs of these sizes.
 */
export interface RunRecord {
  readonly bytesEmpty: number;
  readonly bytesPerShard: number;
  /** Units of making the item and its listing. */
  readonly createUnits: number;
  /** A larger run cannot be recorded: an item has 400 KB at most. */
  readonly mostShards: number;
}

const SIZES = [500, 8_000] as const;
const MOST_BYTES = 400 * 1_024;
const WRITE_UNIT = 1_024;
const READ_UNIT = 4_096;

export async function measureRunRecord(profile: Profile): Promise<RunRecord> {
  const pipeline = await startPipeline(settingsOf(profile));
  const { runs } = pipeline.base;
  try {
    const units: number[] = [];
    let createUnits = 0;
    for (const size of [0, ...SIZES]) {
      const id = idOf('r', 'cost', size);
      const create = await pipeline.tally.during(() =>
        runs.create({
          id,
          taskId: '1',
          name: 'full ports',
          startedAt: pipeline.clock.now(),
          finishedAt: null,
          shards: size + 1,
          complete: size,
          incomplete: 0,
          addresses: 1,
          scope: null,
          probes: 1,
          reasons: [],
          ttl: 1_800_000_000,
        }),
      );
      if (size === 0) createUnits = create.writeUnits;
      const record = await pipeline.tally.during(() => runs.recordShard(id, idOf('s', id, size), 'complete', null));
      units.push(record.writeUnits);
    }
    const [empty = 0, small = 0, large = 0] = units;
    const bytesPerShard = ((large - small) * WRITE_UNIT) / (SIZES[1] - SIZES[0]);
    const bytesEmpty = Math.max(0, small * WRITE_UNIT - SIZES[0] * bytesPerShard);
    const mostShards = Math.floor((MOST_BYTES - bytesEmpty) / bytesPerShard);
    if (empty < 1) throw new Error('recording a shard of an empty run used no write unit');
    return { bytesEmpty, bytesPerShard, createUnits, mostShards };
  } finally {
    await pipeline.stop();
  }
}

/** Write units of recording every shard of a run, finishing it included. */
export function recordUnits({ bytesEmpty, bytesPerShard }: RunRecord, shards: number): number {
  let units = 0;
  for (let k = 1; k <= shards; k += 1) units += Math.ceil((bytesEmpty + k * bytesPerShard) / WRITE_UNIT);
  return units + Math.ceil((bytesEmpty + shards * bytesPerShard) / WRITE_UNIT);
}

/** Read units of reading the record of a run that has ended. */
export function readRecordUnits({ bytesEmpty, bytesPerShard }: RunRecord, shards: number): number {
  return Math.ceil((bytesEmpty + shards * bytesPerShard) / READ_UNIT);
}
