import { expect, it } from 'vitest';
import { refusalOf } from '../../../core/scanning/refusal.ts';

it('an ICMP code says closed, prohibited or no way', () => {
  const states = (family: 4 | 6, codes: number[]) => codes.map((code) => refusalOf(family, code).state);
  expect(states(4, [0, 1, 3, 9, 10, 13, 99])).toEqual([
    'unreachable',
    'unreachable',
    'closed',
    'prohibited',
    'prohibited',
    'prohibited',
    'unreachable',
  ]);
  expect(states(6, [0, 1, 3, 4, 5, 99])).toEqual([
    'unreachable',
    'prohibited',
    'unreachable',
    'closed',
    'prohibited',
    'unreachable',
  ]);
});
