import type * as z from 'zod';
import { VersionConflict } from '../../../core/errors.ts';

/** Entities as JSON text by id, parsed by their schema on the way out, as the real stores do. */
export class MemoryItems<T> {
  readonly #schema: z.ZodType<T>;
  readonly #items = new Map<string, string>();

  constructor(schema: z.ZodType<T>) {
    this.#schema = schema;
  }

  get(id: string): T | undefined {
    const json = this.#items.get(id);
    return json === undefined ? undefined : this.#schema.parse(JSON.parse(json));
  }

  getMany(ids: readonly string[]): Map<string, T> {
    return new Map(
      [...new Set(ids)].flatMap((id) => {
        const item = this.get(id);
        return item === undefined ? [] : [[id, item] as const];
      }),
    );
  }

  put(id: string, entity: T): void {
    this.#items.set(id, JSON.stringify(entity));
  }

  delete(id: string): boolean {
    return this.#items.delete(id);
  }

  /** In order of id. */
  list(): T[] {
    return [...this.#items.keys()].sort(compareText).flatMap((id) => this.get(id) ?? []);
  }
}

/** Adds the rule of `save`: write only over the version that was read. */
export class MemoryVersioned<T extends { version: number }> extends MemoryItems<T> {
  readonly #idOf: (entity: T) => string;

  constructor(schema: z.ZodType<T>, idOf: (entity: T) => string) {
    super(schema);
    this.#idOf = idOf;
  }

  save(entity: T): T {
    const id = this.#idOf(entity);
    const stored = this.get(id)?.version ?? 0;
    if (stored !== entity.version) {
      throw new VersionConflict(`${id} is stored in version ${stored}, not ${entity.version}.`);
    }
    const next = { ...entity, version: entity.version + 1 };
    this.put(id, next);
    return next;
  }
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Newest first; of the same instant, the greater id first. */
export function newestFirst<T extends { id: string }>(
  rows: readonly T[],
  timeOf: (row: T) => string,
  limit: number,
): T[] {
  return [...rows]
    .sort((a, b) => compareText(timeOf(b), timeOf(a)) || compareText(b.id, a.id))
    .slice(0, Math.max(0, limit));
}
