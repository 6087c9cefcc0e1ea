import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HostRow } from '../../../../fargate-scanner/engines/syn/hosts/host-row.ts';

it('holds what a set would hold', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (list) => {
      const row = new HostRow(10);
      const set = new Set<number>();
      for (const [isIn, host] of list) {
        if (isIn) row.add(host);
        else row.delete(host);
        if (isIn) set.add(host);
        else set.delete(host);
        expect(row.count).toBe(set.size);
        expect(new Set(Array.from({ length: row.count }, (_, place) => row.at(place)))).toEqual(set);
      }
    }),
  );
});
