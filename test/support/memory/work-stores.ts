import { TaskRun } from '../../../core/planning/task-run.ts';
import type { LockStore, TaskRunStore } from '../../../core/ports/stores.ts';
import { epochMs } from '../../../core/time.ts';
import type { Instant } from '../../../core/time.ts';
import { compareText, MemoryItems, newestFirst } from './versioned.ts';

export class MemoryTaskRunStore implements TaskRunStore {
  readonly #items = new MemoryItems(TaskRun);
  readonly #ended = new Map<string, Map<string, 'complete' | 'incomplete'>>();

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
  ): Promise<TaskRun | undefined> {
    const run = this.#items.get(runId);
    if (run === undefined) return undefined;
    const shards = this.#ended.get(runId) ?? new Map<string, 'complete' | 'incomplete'>();
    this.#ended.set(runId, shards);
    const before = shards.get(shardId);
    const reasons = new Set(run.reasons);
    let { complete, incomplete } = run;
    if (ended === 'complete') {
      if (before !== 'complete') complete += 1;
      if (before === 'incomplete') incomplete -= 1;
      shards.set(shardId, ended);
    } else if (before !== 'complete') {
      if (before === undefined) incomplete += 1;
      shards.set(shardId, ended);
      if (reason !== null && reason !== '') reasons.add(reason);
    }
    const next = { ...run, complete, incomplete, reasons: sorted(reasons) };
    this.#items.put(runId, next);
    return next;
  }

  async finish(runId: string, at: Instant): Promise<void> {
    const run = this.#items.get(runId);
    if (run !== undefined) this.#items.put(runId, { ...run, finishedAt: at });
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

function sorted(set: ReadonlySet<string>): string[] {
  return [...set].sort(compareText);
}
