import { expect, it } from 'vitest';
import { VersionConflict } from '../../../core/errors.ts';
import { AWKWARD } from './samples.ts';

export interface VersionedStore<T> {
  get(id: string): Promise<T | undefined>;
  save(entity: T): Promise<T>;
  list(): Promise<T[]>;
}

export interface VersionedCase<T> {
  readonly make: () => Promise<VersionedStore<T>>;
  /** An entity that is not stored yet (version 0). */
  readonly entity: (id: string) => T;
  readonly withText: (entity: T, text: string) => T;
  readonly withVersion: (entity: T, version: number) => T;
  readonly idOf: (entity: T) => string;
}

/** The rules at the top of core/ports/stores.ts, for one store. Call inside a describe. */
export function itKeepsVersions<T extends { version: number }>(c: VersionedCase<T>): void {
  const idsOf = (entities: readonly T[]) => entities.map(c.idOf);

  it('has nothing under an id that was never saved, nor under ids that cannot exist', async () => {
    const store = await c.make();
    expect(await store.get('x-1')).toBeUndefined();
    expect(await store.get('')).toBeUndefined();
    expect(await store.get('x'.repeat(3_000))).toBeUndefined();
    expect(await store.list()).toEqual([]);
  });

  it('gives back what was saved, one version on', async () => {
    const store = await c.make();
    const saved = await store.save(c.entity('x-1'));
    expect(saved).toEqual(c.withVersion(c.entity('x-1'), 1));
    expect(await store.get('x-1')).toEqual(saved);
    const again = await store.save(c.withText(saved, 'changed'));
    expect(again).toEqual(c.withVersion(c.withText(c.entity('x-1'), 'changed'), 2));
    expect(await store.get('x-1')).toEqual(again);
  });

  it('refuses a version that is not the stored one, and writes nothing', async () => {
    const store = await c.make();
    const first = await store.save(c.entity('x-1'));
    const second = await store.save(c.withText(first, 'second'));
    await expect(store.save(c.withText(first, 'late'))).rejects.toThrow(VersionConflict);
    await expect(store.save(c.withText(first, 'late'))).rejects.toThrow('x-1');
    await expect(store.save(c.withVersion(second, 3))).rejects.toThrow(VersionConflict);
    await expect(store.save(c.entity('x-1'))).rejects.toThrow(VersionConflict);
    await expect(store.save(c.withVersion(c.entity('x-2'), 1))).rejects.toThrow(VersionConflict);
    expect(await store.list()).toEqual([second]);
  });

  it('lets exactly one of 16 writers of the same version win', async () => {
    const store = await c.make();
    const base = await store.save(c.entity('x-1'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) => store.save(c.withText(base, `writer ${i}`))),
    );
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(won).toHaveLength(1);
    expect(lost.every((outcome) => outcome.reason instanceof VersionConflict)).toBe(true);
    expect(await store.get('x-1')).toEqual(won[0]?.value);
  });

  it('lets exactly one of 16 first writers win', async () => {
    const store = await c.make();
    const outcomes = await Promise.allSettled(Array.from({ length: 16 }, () => store.save(c.entity('x-1'))));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    expect((await store.get('x-1'))?.version).toBe(1);
  });

  it('keeps every text as it is, the empty one too', async () => {
    const store = await c.make();
    for (const [i, text] of AWKWARD.entries()) {
      const saved = await store.save(c.withText(c.entity(`x-${i}`), text));
      expect(await store.get(`x-${i}`)).toEqual(saved);
      expect(saved).toEqual(c.withVersion(c.withText(c.entity(`x-${i}`), text), 1));
    }
  });

  it('lists everything once, in order of id', async () => {
    const store = await c.make();
    const ids = Array.from({ length: 40 }, (_, i) => `x-${String((i * 17) % 40).padStart(2, '0')}`);
    for (const id of ids) await store.save(c.entity(id));
    await store.save(c.withText(c.withVersion(c.entity('x-07'), 1), 'changed'));
    expect(idsOf(await store.list())).toEqual([...ids].sort());
  });

  it('hands out copies: changing one does not change what is stored', async () => {
    const store = await c.make();
    const given = c.entity('x-1');
    const saved = await store.save(given);
    Object.assign(given, c.withText(given, 'changed outside'));
    Object.assign(saved, c.withText(saved, 'changed outside'));
    expect(await store.get('x-1')).toEqual(c.withVersion(c.entity('x-1'), 1));
  });
}
