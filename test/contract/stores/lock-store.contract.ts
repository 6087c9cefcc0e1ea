import { describe, expect, it } from 'vitest';
import type { LockStore } from '../../../core/ports/stores.ts';

const T0 = '2026-03-01T09:00:00.000Z';
const T1 = '2026-03-01T09:00:10.000Z';
const T2 = '2026-03-01T09:00:20.000Z';

export function describeLockStore(name: string, make: () => Promise<LockStore>): void {
  describe(`lock store ${name}`, () => {
    it('gives a lock to one holder until it is released', async () => {
      const locks = await make();
      expect(await locks.acquire('fw', 'a', T0, T1)).toBe(true);
      expect(await locks.acquire('fw', 'b', T0, T1)).toBe(false);
      expect(await locks.acquire('other', 'b', T0, T1)).toBe(true);
      await locks.release('fw', 'a');
      expect(await locks.acquire('fw', 'b', T0, T1)).toBe(true);
      expect(await locks.acquire('fw', 'a', T0, T1)).toBe(false);
    });

    it('lets the holder take it again, for longer', async () => {
      const locks = await make();
      await locks.acquire('fw', 'a', T0, T1);
      expect(await locks.acquire('fw', 'a', T0, T2)).toBe(true);
      expect(await locks.acquire('fw', 'b', T1, T2)).toBe(false);
    });

    it('gives a lock away at the moment it runs out, not before', async () => {
      const locks = await make();
      await locks.acquire('fw', 'a', T0, T1);
      expect(await locks.acquire('fw', 'b', '2026-03-01T09:00:09.999Z', T2)).toBe(false);
      expect(await locks.acquire('fw', 'b', T1, T2)).toBe(true);
      expect(await locks.acquire('fw', 'a', T1, T2)).toBe(false);
    });

    it('does not release what somebody else holds by now, nor what nobody holds', async () => {
      const locks = await make();
      await locks.release('fw', 'a');
      await locks.acquire('fw', 'a', T0, T1);
      await locks.acquire('fw', 'b', T1, T2);
      await locks.release('fw', 'a');
      expect(await locks.acquire('fw', 'c', T1, T2)).toBe(false);
    });

    it('lets one of 20 callers have it', async () => {
      const locks = await make();
      const got = await Promise.all(Array.from({ length: 20 }, (_, i) => locks.acquire('fw', `h${i}`, T0, T1)));
      expect(got.filter(Boolean)).toHaveLength(1);
    });

    it('takes any name', async () => {
      const locks = await make();
      for (const lock of ['', 'alert:Zoë 😀|192.0.2.3', 'n'.repeat(5_000)]) {
        expect(await locks.acquire(lock, 'a', T0, T1)).toBe(true);
        expect(await locks.acquire(lock, 'b', T0, T1)).toBe(false);
      }
    });
  });
}
