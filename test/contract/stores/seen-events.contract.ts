import { describe, expect, it } from 'vitest';
import type { SeenEvents } from '../../../core/ports/seen-events.ts';

const NOW = '2026-03-01T09:00:00.000Z';

export function describeSeenEvents(name: string, make: () => Promise<SeenEvents>): void {
  describe(`seen events ${name}`, () => {
    it('has seen what was added, however often, and nothing else', async () => {
      const store = await make();
      expect(await store.seen(['e-1'])).toEqual(new Set());
      await store.add(['e-1', 'e-2', 'e-1'], NOW);
      await store.add(['e-2'], NOW);
      await store.add([], NOW);
      expect(await store.seen(['e-1', 'e-1', 'e-2', 'e-3', '', 'x'.repeat(3_000)])).toEqual(new Set(['e-1', 'e-2']));
      expect(await store.seen([])).toEqual(new Set());
    });

    it('forgets after a day, and not before', async () => {
      const store = await make();
      await store.add(['e-1'], NOW);
      await store.add(['e-2'], '2026-03-01T21:00:00.000Z');
      expect(await store.removeExpired('2026-03-02T09:00:00.000Z')).toBe(0);
      expect(await store.removeExpired('2026-03-02T09:00:02.000Z')).toBe(1);
      expect(await store.seen(['e-1', 'e-2'])).toEqual(new Set(['e-2']));
    });
  });
}
