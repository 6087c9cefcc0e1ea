import { RUN_SHARDS, runKey, runShardKey } from './keys.ts';
import { type Condition, EXISTS, type Table } from './table.ts';

export type Ended = 'complete' | 'incomplete';
/** What is stored of a run, its key aside. */
export type RunAttributes = Readonly<Record<string, unknown>>;

/** What of a run is asked for here. */
interface Planned {
  readonly id: string;
  readonly shards: number;
  readonly ttl: number;
}

/**
 * The shards of a run that have ended: one small marker item each, and two counts on the run, so that a write costs the same however many
 * there are. The markers are the truth. A crash between marker and count leaves a count short, never too high; the message then comes
 * again, finds the marker, and adds to `doubts`, which is never less than what is uncounted. Once counts and doubts together reach the
 * end of the run, the markers are counted. If all are there the run is `settled`: its counts are set from them and no longer added to.
 */
export class RunShards {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Resolves to the run as it then stands; undefined when it is gone. */
  async record(run: Planned, shardId: string, ended: Ended, reason: string | null): Promise<RunAttributes | undefined> {
    const before = await this.#mark(run, shardId, ended);
    const counted = await this.#count(run.id, before, ended, reason);
    if (counted === undefined) return this.#settle(run);
    const { ended: count, doubts } = countsOf(counted);
    return doubts > 0 && count + doubts >= run.shards ? this.#settle(run) : counted;
  }

  async removeAll(runId: string): Promise<void> {
    await this.#table.deleteMany(await this.#table.queryAll(markersOf(runId)));
  }

  /** What the marker said before: null when there was none. One that says complete stays. */
  async #mark(run: Planned, shardId: string, ended: Ended): Promise<Ended | null> {
    const condition = {
      expression: 'attribute_not_exists(#ended) OR #ended = :incomplete',
      names: { '#ended': 'ended', '#ttl': 'ttl' },
      values: { ':ended': ended, ':incomplete': 'incomplete', ':ttl': run.ttl },
    };
    const key = runShardKey(run.id, shardId);
    const old = await this.#table.update(key, 'SET #ended = :ended, #ttl = :ttl', condition, 'ALL_OLD');
    if (old === undefined) return 'complete';
    return old['ended'] === undefined ? null : 'incomplete';
  }

  /** Undefined when the run is gone, or settled and this shard is not among what it counted. */
  async #count(
    runId: string,
    before: Ended | null,
    ended: Ended,
    reason: string | null,
  ): Promise<RunAttributes | undefined> {
    const add: Record<string, unknown> = {};
    if (before === null) add['shardsEnded'] = 1;
    else add['doubts'] = 1;
    if (before !== 'complete' && ended === 'complete') add['shardsComplete'] = 1;
    if (before !== 'complete' && ended === 'incomplete' && reason) add['reasons'] = new Set([reason]);
    const counts = before === null || 'shardsComplete' in add;
    const names = Object.keys(add);
    const condition: Condition = {
      expression: counts ? `${EXISTS.expression} AND attribute_not_exists(#settled)` : EXISTS.expression,
      names: {
        ...EXISTS.names,
        ...(counts && { '#settled': 'settled' }),
        ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
      },
      values: Object.fromEntries(names.map((name) => [`:${name}`, add[name]])),
    };
    const expression = `ADD ${names.map((name) => `#${name} :${name}`).join(', ')}`;
    return this.#table.update(runKey(runId), expression, condition, 'ALL_NEW');
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
    for await (const { ended } of this.#table.query({ ...markersOf(id), only: 'ended' })) {
      markers.ended += 1;
      if (ended === 'complete') markers.complete += 1;
    }
    const counted = countsOf(stored);
    if (markers.ended < shards) {
      const missing = Math.max(0, markers.ended - counted.ended, Math.abs(markers.complete - counted.complete));
      await this.#table.update(key, 'SET #doubts = :missing', doubtsAre(stored, { ':missing': missing }), 'NONE');
      return this.#table.get(key);
    }
    // A count of the markers that is older than another one has fewer complete.
    const condition = {
      expression: `${EXISTS.expression} AND (attribute_not_exists(#settled) OR #complete <= :complete)`,
      names: { ...EXISTS.names, ...NAMES },
      values: { ':ended': markers.ended, ':complete': markers.complete, ':none': 0, ':yes': true },
    };
    const set = 'SET #settled = :yes, #shards = :ended, #complete = :complete, #doubts = :none';
    return (await this.#table.update(key, set, condition, 'ALL_NEW')) ?? this.#table.get(key);
  }
}

const NAMES = { '#settled': 'settled', '#shards': 'shardsEnded', '#complete': 'shardsComplete', '#doubts': 'doubts' };

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

/**
 * Absent counts are none, as for a run that was stored before there were counts; any other value that is no number is NaN. A shard that
 * is counted as complete before it is counted at all is left out until then.
 */
export function countsOf(run: RunAttributes): { ended: number; complete: number; doubts: number } {
  const numberAt = (name: string): number => {
    const value = run[name] ?? 0;
    return typeof value === 'number' ? value : Number.NaN;
  };
  const ended = numberAt('shardsEnded');
  return { ended, complete: Math.min(ended, numberAt('shardsComplete')), doubts: numberAt('doubts') };
}
