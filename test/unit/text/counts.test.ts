import { expect, it } from 'vitest';
import { counted, grouped } from '../../../core/text/counts.ts';

it.each([
  [0, '0 probes'],
  [1, '1 probe'],
  [999, '999 probes'],
  [65_535, '65,535 probes'],
])('a count of %d reads %j', (count, text) => {
  expect(counted(count, 'probe')).toBe(text);
});

it('a count has commas between the thousands, however large', () => {
  expect(grouped(2n ** 64n)).toBe('18,446,744,073,709,551,616');
  expect(counted(2_000, 'address', 'addresses')).toBe('2,000 addresses');
});
