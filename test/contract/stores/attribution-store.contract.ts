import { describe, expect, it } from 'vitest';
import type { AttributionStore } from '../../../core/ports/attribution-store.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { AWKWARD } from './samples.ts';

const at = (second: number) => `2026-03-01T09:00:${String(second).padStart(2, '0')}.000Z`;
const change = (second: number) => anAttribution({ eventId: `e-${second}`, at: at(second), how: 'changed' });

export function describeAttributionStore(name: string, make: () => Promise<AttributionStore>): void {
  describe(`attribution store ${name}`, () => {
    it('knows nobody at first, nor of rules that cannot exist', async () => {
      const store = await make();
      expect(await store.get(['sgr-1', '', 'x'.repeat(3_000)])).toEqual(new Map());
      expect(await store.get([])).toEqual(new Map());
      await store.put([]);
    });

    it('gives back what was put of each rule, and leaves out the others', async () => {
      const store = await make();
      const odd = anAttribution({ ruleId: 'sgr-2', actor: null, sourceIp: null, userAgent: AWKWARD.join(' ') });
      await store.put([anAttribution(), odd]);
      expect(await store.get(['sgr-1', 'sgr-2', 'sgr-2', 'sgr-3'])).toEqual(
        new Map([
          ['sgr-1', [anAttribution()]],
          ['sgr-2', [odd]],
        ]),
      );
    });

    it('has the newest first, in whatever order and however often they came', async () => {
      const store = await make();
      await store.put([change(20)]);
      await store.put([change(10), change(30)]);
      await store.put([change(20), change(10)]);
      expect((await store.get(['sgr-1'])).get('sgr-1')).toEqual([change(30), change(20), change(10)]);
    });

    it('keeps the last ten', async () => {
      const store = await make();
      for (let second = 1; second <= 14; second += 1) await store.put([change(second)]);
      await store.put([change(1)]);
      const kept = (await store.get(['sgr-1'])).get('sgr-1') ?? [];
      expect(kept.map((one) => one.eventId)).toEqual([
        'e-14',
        'e-13',
        'e-12',
        'e-11',
        'e-10',
        'e-9',
        'e-8',
        'e-7',
        'e-6',
        'e-5',
      ]);
    });

    it('loses none of six that are put at the same time', async () => {
      const store = await make();
      await Promise.all([1, 2, 3, 4, 5, 6].map((second) => store.put([change(second)])));
      expect((await store.get(['sgr-1'])).get('sgr-1')).toEqual([6, 5, 4, 3, 2, 1].map(change));
    });
  });
}
