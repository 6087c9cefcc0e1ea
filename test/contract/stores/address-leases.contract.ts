import { describe, expect, it } from 'vitest';
import type { AddressLeases } from '../../../core/ports/address-leases.ts';

const T0 = '2026-03-01T09:00:00.000Z';
const T1 = '2026-03-01T09:00:45.000Z';
const T2 = '2026-03-01T09:01:30.000Z';
const [A, B, V6] = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
/** More than one write takes, in every group. */
const MANY = Array.from({ length: 400 }, (_, i) => `198.51.${100 + (i >> 8)}.${i & 255}`);

export function describeAddressLeases(name: string, make: () => Promise<AddressLeases>): void {
  describe(`address leases ${name}`, () => {
    it('give an address to one owner until it gives it back', async () => {
      const leases = await make();
      expect(await leases.take([A], 'a', T0, T1)).toBe(true);
      expect(await leases.take([A], 'b', T0, T1)).toBe(false);
      expect(await leases.take([B, V6], 'b', T0, T1)).toBe(true);
      await leases.release([A], 'a');
      expect(await leases.take([A], 'b', T0, T1)).toBe(true);
    });

    it('give all addresses or none', async () => {
      const leases = await make();
      await leases.take([MANY[200]!], 'a', T0, T1);
      expect(await leases.take(MANY, 'b', T0, T1)).toBe(false);
      for (const some of [MANY.slice(0, 200), MANY.slice(201)]) {
        expect(await leases.take(some, 'c', T0, T1)).toBe(true);
      }
    });

    it('are the same owner’s for longer when it asks again, though others wait', async () => {
      const leases = await make();
      await leases.take([A, B], 'a', T0, T1);
      expect(await leases.take([A, B], 'a', T0, T2)).toBe(true);
      expect(await leases.take([B], 'b', T1, T2)).toBe(false);
    });

    it('run out at their moment, not before, and the old owner does not get them back', async () => {
      const leases = await make();
      await leases.take([A, B], 'a', T0, T1);
      expect(await leases.take([A], 'b', '2026-03-01T09:00:44.999Z', T2)).toBe(false);
      expect(await leases.take([A], 'b', T1, T2)).toBe(true);
      expect(await leases.take([A, B], 'a', T1, T2)).toBe(false);
    });

    it('are not given back by who does not have them; what else it has is', async () => {
      const leases = await make();
      await leases.release([A], 'a');
      await leases.take([A, B], 'a', T0, T1);
      await leases.take([A], 'b', T1, T2);
      await leases.release([A, B, V6], 'a');
      expect(await leases.take([A], 'c', T1, T2)).toBe(false);
      expect(await leases.take([B], 'c', T0, T1)).toBe(true);
    });

    it('let one of 20 have an address', async () => {
      const leases = await make();
      const got = await Promise.all(Array.from({ length: 20 }, (_, i) => leases.take([A, V6], `o${i}`, T0, T1)));
      expect(got.filter(Boolean)).toHaveLength(1);
    });

    it('of killed owners hold nobody up and are forgotten', async () => {
      const leases = await make();
      await leases.take(MANY, 'killed', T0, T1);
      expect(await leases.take(MANY.slice(0, 30), 'a', '2026-03-01T10:05:00.000Z', '2026-03-01T10:06:00.000Z')).toBe(
        true,
      );
      expect(await leases.take(MANY.slice(30), 'b', '2026-03-01T10:05:01.000Z', '2026-03-01T10:06:00.000Z')).toBe(true);
      expect(await leases.take(MANY.slice(0, 1), 'b', '2026-03-01T10:05:02.000Z', '2026-03-01T10:06:00.000Z')).toBe(
        false,
      );
    });

    it('of no address are there at once', async () => {
      expect(await (await make()).take([], 'a', T0, T1)).toBe(true);
    });
  });
}
