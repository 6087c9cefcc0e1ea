import { describe, expect, it } from 'vitest';
import type { AuditLog } from '../../../core/ports/stores.ts';
import type { AuditRow } from '../../../core/audit/audit-row.ts';
import { anAuditRow } from '../../builders/audit-row.ts';
import { AWKWARD } from './samples.ts';

const minute = (n: number) => `2026-03-01T09:${String(n).padStart(2, '0')}:00.000Z`;

export function describeAuditLog(name: string, make: () => Promise<AuditLog>): void {
  const idsOf = (rows: readonly AuditRow[]) => rows.map((row) => row.id);

  describe(`audit log ${name}`, () => {
    it('lists the newest first, whole and of one object', async () => {
      const log = await make();
      expect(await log.list({ limit: 10 })).toEqual([]);
      for (const n of [3, 1, 4, 0, 5, 2]) {
        await log.append(anAuditRow({ id: `audit-${n}`, at: minute(n), object: n % 2 ? 'p-1' : 'p-2' }));
      }
      expect(idsOf(await log.list({ limit: 100 }))).toEqual([5, 4, 3, 2, 1, 0].map((n) => `audit-${n}`));
      expect(idsOf(await log.list({ limit: 2 }))).toEqual(['audit-5', 'audit-4']);
      expect(idsOf(await log.list({ limit: 100, object: 'p-1' }))).toEqual(['audit-5', 'audit-3', 'audit-1']);
      expect(idsOf(await log.list({ limit: 1, object: 'p-2' }))).toEqual(['audit-4']);
      expect(await log.list({ limit: 100, object: 'p-3' })).toEqual([]);
      expect(await log.list({ limit: 0 })).toEqual([]);
    });

    it('leaves a row as it is when the same id is added again', async () => {
      const log = await make();
      await log.append(anAuditRow());
      await log.append(anAuditRow({ actor: 'mallory', at: minute(30), object: 'p-9' }));
      expect(await log.list({ limit: 10 })).toEqual([anAuditRow()]);
      expect(await log.list({ limit: 10, object: 'p-9' })).toEqual([]);
    });

    it('keeps the first of 16 rows added at once under one id', async () => {
      const log = await make();
      await Promise.all(Array.from({ length: 16 }, (_, i) => log.append(anAuditRow({ actor: `person ${i}` }))));
      const [row, ...others] = await log.list({ limit: 10 });
      expect(others).toEqual([]);
      await log.append(anAuditRow({ actor: 'late' }));
      expect(await log.list({ limit: 10 })).toEqual([row]);
    });

    it('keeps every text as it is, as object too', async () => {
      const log = await make();
      const texts = [...AWKWARD, 'o'.repeat(5_000)];
      for (const [i, text] of texts.entries()) {
        const row = anAuditRow({ id: `audit-${i}`, object: text, detail: text, at: minute(i) });
        await log.append(row);
        expect(await log.list({ limit: 10, object: text })).toEqual([row]);
      }
      expect(await log.list({ limit: 100 })).toHaveLength(texts.length);
    });

    it('lists the rows of one object over several pages of 1 MB', async () => {
      const log = await make();
      const ids = Array.from({ length: 200 }, (_, i) => `audit-${String(i).padStart(3, '0')}`);
      await Promise.all(ids.map((id) => log.append(anAuditRow({ id, detail: 'd'.repeat(12_000) }))));
      expect(idsOf(await log.list({ limit: 1_000, object: anAuditRow().object }))).toEqual([...ids].reverse());
    });
  });
}
