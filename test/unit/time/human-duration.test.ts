import { expect, it } from 'vitest';
import { humanDuration } from '../../../core/time.ts';

it.each([
  [0, '0ms'],
  [450, '450ms'],
  [1_500, '1.5s'],
  [59_600, '1m'],
  [90_000, '1m30s'],
  [3_599_000, '59m59s'],
  [86_399_000, '1d'],
  [86_340_000, '23h59m'],
  [5_400_000, '1h30m'],
  [90_000_000, '1d1h'],
  [604_800_000, '7d'],
])('%d ms is %s to people', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});
