import { describe, expect, it } from 'vitest';
import type { Change } from '../../../core/fingerprints/change.ts';
import type { ChangeLog } from '../../../core/ports/stores.ts';
import { aChange } from '../../builders/change.ts';
import { AWKWARD } from './samples.ts';

const second = (n: number) =>
  `2026-03-01T09:${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}.000Z`;

export function describeChangeLog(name: string, make: () => Promise<ChangeLog>): void {
  const idsOf = (changes: readonly Change[]) => changes.map((change) => change.id);

  describe(`change log ${name}`, () => {
    it('is empty at first', async () => {
      const log = await make();
      await log.putAll([]);
      expect(await log.list({ limit: 10 })).toEqual([]);
    });

    it('lists the newest first, whatever order they were written in', async () => {
      const log = await make();
      const order = Array.from({ length: 200 }, (_, i) => (i * 73) % 200);
      await log.putAll(order.map((n) => aChange({ id: `c-${n}`, at: second(n) })));
      const newest = Array.from({ length: 200 }, (_, i) => `c-${199 - i}`);
      expect(idsOf(await log.list({ limit: 1_000 }))).toEqual(newest);
      expect(idsOf(await log.list({ limit: 200 }))).toEqual(newest);
      expect(idsOf(await log.list({ limit: 7 }))).toEqual(newest.slice(0, 7));
      expect(idsOf(await log.list({ limit: 1 }))).toEqual(['c-199']);
      expect(await log.list({ limit: 0 })).toEqual([]);
    });

    it('lists from a moment on, that moment included', async () => {
      const log = await make();
      await log.putAll([0, 1, 2, 3].map((n) => aChange({ id: `c-${n}`, at: second(n) })));
      expect(idsOf(await log.list({ limit: 10, since: second(2) }))).toEqual(['c-3', 'c-2']);
      expect(idsOf(await log.list({ limit: 10, since: '2026-03-01T09:00:02.001Z' }))).toEqual(['c-3']);
      expect(idsOf(await log.list({ limit: 1, since: second(0) }))).toEqual(['c-3']);
      expect(await log.list({ limit: 10, since: '2026-03-01T10:00:00.000Z' })).toEqual([]);
    });

    it('lists changes of one instant in a fixed order', async () => {
      const log = await make();
      const ids = Array.from({ length: 30 }, (_, i) => `c-${String(i).padStart(2, '0')}`);
      await log.putAll(ids.map((id) => aChange({ id })));
      expect(idsOf(await log.list({ limit: 100 }))).toEqual([...ids].reverse());
    });

    it('keeps one row for a change that is written again, even at another moment', async () => {
      const log = await make();
      await log.putAll([aChange({ id: 'c-1', at: second(1) }), aChange({ id: 'c-2', at: second(2) })]);
      await log.putAll([aChange({ id: 'c-1', at: second(1) })]);
      expect(idsOf(await log.list({ limit: 10 }))).toEqual(['c-2', 'c-1']);
      await log.putAll([aChange({ id: 'c-1', at: second(3) })]);
      expect(idsOf(await log.list({ limit: 10 }))).toEqual(['c-1', 'c-2']);
      await log.putAll([aChange({ id: 'c-1', at: second(4) }), aChange({ id: 'c-1', at: second(5) })]);
      expect(await log.list({ limit: 1 })).toEqual([aChange({ id: 'c-1', at: second(5) })]);
      expect(await log.list({ limit: 10 })).toHaveLength(2);
    });

    it('keeps every text as it is', async () => {
      const log = await make();
      const changes = AWKWARD.map((evidence, i) => aChange({ id: `c-${i}`, at: second(10 - i), evidence }));
      await log.putAll(changes);
      expect(await log.list({ limit: 100 })).toEqual(changes);
    });

    it('lists 1,000 changes over many pages of 1 MB', async () => {
      const log = await make();
      const changes = Array.from({ length: 1_000 }, (_, n) =>
        aChange({ id: `c-${n}`, at: second(n), evidence: 'e'.repeat(12_000) }),
      );
      await log.putAll(changes);
      const newest = changes.map((change) => change.id).reverse();
      expect(idsOf(await log.list({ limit: 5_000 }))).toEqual(newest);
      expect(idsOf(await log.list({ limit: 900, since: second(50) }))).toEqual(newest.slice(0, 900));
    });
  });
}
