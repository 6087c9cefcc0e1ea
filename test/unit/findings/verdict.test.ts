import { expect, it } from 'vitest';
import { verdictOf } from '../../../core/exposure/verdict.ts';

const RULE = { ruleId: 'r', source: '0.0.0.0/0', breadth: 'internet' } as const;

it.each([
  [true, [RULE], 'confirmed'],
  [true, [], 'unexplained'],
  [false, [RULE], 'latent'],
  [false, [], 'clean'],
] as const)('open %j with rules %j is %s', (open, rules, verdict) => {
  expect(verdictOf(open, rules)).toBe(verdict);
});
