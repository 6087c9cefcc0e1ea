import { MOST_REASONS, type ScannedBy, shortReason, TaskRun } from '../../../core/planning/task-run.ts';
import type { LockStore, TaskRunStore } from '../../../core/ports/stores.ts';
import { addSums, estimateOf, NOTHING_MEASURED, sumsOf } from '../../../core/scanning/estimate.ts';
import { epochMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/time.ts';
import { compareText, MemoryItems, newestFirst } from './versioned.ts';

interface ShardEnd {
  readonly ended: 'complete' | 'incomplete';
  readonly by: ScannedBy | null;
}

export class MemoryTaskRunStore implements TaskRunStore {
  readonly #items = new MemoryItems(TaskRun);
  readonly #ended = new Map<string, Map<string, ShardEnd>>();

  async get(id: string): Promise<TaskRun | undefined> {
    return this.#items.get(id);
  }

  async create(run: TaskRun): Promise<void> {
    if (this.#items.get(run.id) === undefined) this.#items.put(run.id, run);
  }

  async recordShard(
    runId: string,
    shardId: string,
    ended: 'complete' | 'incomplete',
    reason: string | null,
    by: ScannedBy | null = null,
  ): Promise<TaskRun | undefined> {
    const run = this.#items.get(runId);
    if (run === undefined) return undefined;
    const shards = this.#ended.get(runId) ?? new Map<string, ShardEnd>();
    this.#ended.set(runId, shards);
    const old = shards.get(shardId);
    const before = old?.ended;
    const reasons = new Set(run.reasons);
    let { complete, incomplete } = run;
    const counts = before === undefined || (before === 'incomplete' && ended === 'complete');
    const scans = counts ? recount(run, old?.by ?? null, by) : {};
    if (ended === 'complete') {
      if (before !== 'complete') complete += 1;
      if (before === 'incomplete') incomplete -= 1;
    } else if (before === undefined) incomplete += 1;
    if (before !== 'complete' && reason && run.reasons.length < MOST_REASONS) reasons.add(shortReason(reason));
    if (counts) shards.set(shardId, { ended, by });
    const next = { ...run, ...scans, complete, incomplete, reasons: sorted(reasons) };
    this.#items.put(runId, next);
    return next;
  }

  async finish(runId: string, at: Instant): Promise<void> {
    const run = this.#items.get(runId);
    if (run !== undefined) this.#items.put(runId, { ...run, finishedAt: at });
  }

  async stop(runId: string, at: Instant, why: string): Promise<TaskRun | undefined> {
    const run = this.#items.get(runId);
    if (run?.finishedAt === null) this.#items.put(runId, { ...run, finishedAt: at, stopped: why });
    return this.#items.get(runId);
  }

  async lastOf(taskId: string): Promise<TaskRun | undefined> {
    const runs = this.#items.list().filter((run) => run.taskId === taskId);
    return newestFirst(runs, (run) => run.startedAt, 1)[0];
  }

  async list(options: { limit: number }): Promise<TaskRun[]> {
    return newestFirst(this.#items.list(), (run) => run.startedAt, options.limit);
  }

  async removeExpired(now: Instant): Promise<number> {
    const expired = this.#items.list().filter((run) => run.ttl < Math.floor(epochMs(now) / 1_000));
    for (const run of expired) this.#items.delete(run.id);
    return expired.length;
  }
}

export class MemoryLockStore implements LockStore {
  readonly #held = new Map<string, { holder: string; until: Instant }>();

  async acquire(name: string, holder: string, now: Instant, until: Instant): Promise<boolean> {
    const held = this.#held.get(name);
    if (held !== undefined && held.holder !== holder && held.until > now) return false;
    this.#held.set(name, { holder, until });
    return true;
  }

  async release(name: string, holder: string): Promise<void> {
    if (this.#held.get(name)?.holder === holder) this.#held.delete(name);
  }
}

/** `after` in the place of `before`. */
function recount(
  run: TaskRun,
  before: ScannedBy | null,
  after: ScannedBy | null,
): Pick<TaskRun, 'engines' | 'whyNotBetter' | 'estimate' | 'unknown' | 'vacant'> {
  const engines = { ...run.engines };
  for (const [by, times] of [
    [before, -1],
    [after, 1],
  ] as const) {
    if (by !== null) engines[by.engine] = (engines[by.engine] ?? 0) + times;
  }
  const reasons = new Set(run.whyNotBetter);
  if (after?.whyNotBetter) reasons.add(after.whyNotBetter);
  const measured = addSums(sumsOf(run.estimate), sumsOf(before?.estimate ?? null), -1);
  return {
    engines: Object.fromEntries(Object.entries(engines).filter(([, shards]) => shards > 0)),
    whyNotBetter: sorted(reasons),
    unknown: run.unknown - (before?.unknown ?? 0) + (after?.unknown ?? 0),
    vacant: run.vacant - (before?.vacant ?? 0) + (after?.vacant ?? 0),
    estimate: estimateOf(addSums(measured, after === null ? NOTHING_MEASURED : sumsOf(after.estimate))),
  };
}

function sorted(set: ReadonlySet<string>): string[] {
  return [...set].sort(compareText);
}
