import { MOST_REASONS, type ScannedBy, shortReason } from '../../../core/planning/task-run.ts';
import { RUN_SHARDS, runKey, runShardKey } from './keys.ts';
import { NOTHING_MEASURED } from '../../../core/scanning/estimate.ts';
import { countsOf, type RunAttributes } from './run-counts.ts';
import { markedScan, type MarkedScan, ScanSums, scansToAdd } from './run-scans.ts';
import { type Condition, EXISTS, type Table } from './table.ts';

export type Ended = 'complete' | 'incomplete';

/** The end of one shard. */
export interface ShardEnd {
  readonly ended: Ended;
  readonly reason: string | null;
  readonly by: ScannedBy | null;
}

/** What its marker said before; `ended` null: there was none. */
interface Marked {
  readonly ended: Ended | null;
  readonly by: MarkedScan | null;
}

/** What of a run is asked for here. */
interface Planned {
  readonly id: string;
  readonly shards: number;
  readonly ttl: number;
  readonly reasons: readonly string[];
}

/**
 * The shards of a run that have ended: one small marker item each, and counts and sums on the run, so that a write costs the same however
 * many there are. A marker changes twice at most: when it is made, and when it becomes complete. The markers are the truth. A crash between
 * marker and count leaves a count short, never too high; the message then comes again, finds the marker, and adds to `doubts`, which is never
 * less than what is uncounted. Once counts and doubts together reach the end of the run, the markers are counted. If all are there the run is
 * `settled`: its counts and sums are set from them and no longer added to.
 */
export class RunShards {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Resolves to the run as it then stands; undefined when it is gone. */
  async record(run: Planned, shardId: string, end: ShardEnd): Promise<RunAttributes | undefined> {
    const before = await this.#mark(run, shardId, end);
    const counted = await this.#count(run, before, end);
    if (counted === undefined) return this.#settle(run);
    const { ended: count, doubts } = countsOf(counted);
    return doubts > 0 && count + doubts >= run.shards ? this.#settle(run) : counted;
  }

  async removeAll(runId: string): Promise<void> {
    await this.#table.deleteMany(await this.#table.queryAll(markersOf(runId)));
  }

  /** What the marker said before. One that says complete stays; what else is said again changes nothing. */
  async #mark(run: Planned, shardId: string, { ended, by }: ShardEnd): Promise<Marked> {
    const condition = {
      expression: 'attribute_not_exists(#ended) OR #ended = :incomplete',
      names: { '#ended': 'ended', '#ttl': 'ttl', '#by': 'by' },
      values: { ':ended': ended, ':incomplete': 'incomplete', ':ttl': run.ttl, ':by': markedScan(by) },
    };
    const key = runShardKey(run.id, shardId);
    const scan = ended === 'complete' ? ':by' : 'if_not_exists(#by, :by)';
    const set = `SET #ended = :ended, #ttl = :ttl, #by = ${scan}`;
    const old = await this.#table.update(key, set, condition, 'ALL_OLD');
    if (old === undefined) return { ended: 'complete', by: null };
    if (old['ended'] === undefined) return { ended: null, by: null };
    return { ended: 'incomplete', by: scanIn(old) };
  }

  /** Undefined when the run is gone, or settled and this shard is not among what it counted. */
  async #count(run: Planned, before: Marked, { ended, reason, by }: ShardEnd): Promise<RunAttributes | undefined> {
    const add: Record<string, unknown> = {};
    if (before.ended === null) add['shardsEnded'] = 1;
    else add['doubts'] = 1;
    const isFirst = before.ended !== 'complete';
    const counts = before.ended === null || (isFirst && ended === 'complete');
    if (isFirst && ended === 'complete') add['shardsComplete'] = 1;
    if (isFirst && reason && run.reasons.length < MOST_REASONS) add['reasons'] = new Set([shortReason(reason)]);
    if (counts && by !== null && by.whyNotBetter) add['whyNotBetter'] = new Set([by.whyNotBetter]);
    if (counts) Object.assign(add, scansToAdd(before.by, markedScan(by)));
    const names = Object.keys(add);
    const condition: Condition = {
      expression: counts ? `${EXISTS.expression} AND attribute_not_exists(#settled)` : EXISTS.expression,
      names: {
        ...EXISTS.names,
        ...(counts && { '#settled': 'settled' }),
        ...Object.fromEntries(names.map((name, i) => [`#a${i}`, name])),
      },
      values: Object.fromEntries(names.map((name, i) => [`:a${i}`, add[name]])),
    };
    const expression = `ADD ${names.map((_, i) => `#a${i} :a${i}`).join(', ')}`;
    return this.#table.update(runKey(run.id), expression, condition, 'ALL_NEW');
  }

  /**
   * Counts the markers. Repeatable, and safe beside writers: counts are set only when every shard has its marker, since one that is
   * between its marker and its count would be counted twice.
   */
  async #settle({ id, shards }: Planned): Promise<RunAttributes | undefined> {
    const key = runKey(id);
    const stored = await this.#table.get(key);
    if (stored === undefined) return undefined;
    const markers = { ended: 0, complete: 0 };
    const scans = new ScanSums();
    for await (const marker of this.#table.query(markersOf(id))) {
      markers.ended += 1;
      if (marker['ended'] === 'complete') markers.complete += 1;
      const scan = scanIn(marker);
      if (scan !== null) scans.add(scan);
    }
    const counted = countsOf(stored);
    if (markers.ended < shards) {
      const missing = Math.max(0, markers.ended - counted.ended, Math.abs(markers.complete - counted.complete));
      await this.#table.update(key, 'SET #doubts = :missing', doubtsAre(stored, { ':missing': missing }), 'NONE');
      return this.#table.get(key);
    }
    const sums = Object.entries(scans.over(stored));
    // A count of the markers that is older than another one has fewer complete.
    const condition = {
      expression: `${EXISTS.expression} AND (attribute_not_exists(#settled) OR #complete <= :complete)`,
      names: { ...EXISTS.names, ...NAMES, ...Object.fromEntries(sums.map(([name], i) => [`#s${i}`, name])) },
      values: {
        ':ended': markers.ended,
        ':complete': markers.complete,
        ':none': 0,
        ':yes': true,
        ...Object.fromEntries(sums.map(([, value], i) => [`:s${i}`, value])),
      },
    };
    const counts = '#settled = :yes, #shards = :ended, #complete = :complete, #doubts = :none';
    const set = `SET ${[counts, ...sums.map((_, i) => `#s${i} = :s${i}`)].join(', ')}`;
    return (await this.#table.update(key, set, condition, 'ALL_NEW')) ?? this.#table.get(key);
  }
}

const NAMES = { '#settled': 'settled', '#shards': 'shardsEnded', '#complete': 'shardsComplete', '#doubts': 'doubts' };

/** Null: not said. */
function scanIn(marker: RunAttributes): MarkedScan | null {
  const by = (marker['by'] ?? null) as MarkedScan | null;
  // One that was stored before there was one of the sums.
  return by === null ? null : { ...NOTHING_MEASURED, ...by };
}

function markersOf(runId: string) {
  return { partition: runKey(runId).pk, bound: { sign: '>=', key: RUN_SHARDS } } as const;
}

/** Nobody has raised a doubt since the run was read. */
function doubtsAre(stored: RunAttributes, values: Readonly<Record<string, unknown>>): Condition {
  return {
    expression: `${EXISTS.expression} AND #doubts = :doubts AND attribute_not_exists(#settled)`,
    names: { ...EXISTS.names, '#doubts': 'doubts', '#settled': 'settled' },
    values: { ...values, ':doubts': countsOf(stored).doubts },
  };
}
