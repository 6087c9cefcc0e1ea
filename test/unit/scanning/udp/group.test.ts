import { expect, it } from 'vitest';
import { Group } from '../../../../core/scanning/udp/group.ts';
import { ReplyBudget } from '../../../../core/scanning/udp/reply-budget.ts';

const CONTROL = 9;
const drew = (refused: readonly number[], controls: readonly number[] = [CONTROL]): Group => {
  const group = new Group([1, 2, 3], controls, 1_000, 200);
  for (const index of refused) group.refused(index);
  return group;
};

it('ends with its control, and is over after its time', () => {
  expect(drew([]).ports).toEqual([1, 2, 3, CONTROL]);
  expect(drew([]).due).toBe(1_200);
});

it('makes silence count when its control alone was refused', () => {
  expect(drew([CONTROL]).witnessed).toBe(true);
  expect(drew([CONTROL, CONTROL]).witnessed).toBe(true);
});

it('makes no silence count when nothing was refused, or a member was and may have taken the last of the allowance', () => {
  expect(drew([]).witnessed).toBe(false);
  expect(drew([2]).witnessed).toBe(false);
  expect(drew([2, CONTROL]).witnessed).toBe(false);
});

it('wants every control refused where several machines send errors', () => {
  expect(drew([CONTROL], [CONTROL, 8]).witnessed).toBe(false);
  expect(drew([8], [CONTROL, 8]).witnessed).toBe(false);
  expect(drew([8, CONTROL], [CONTROL, 8]).witnessed).toBe(true);
  expect(drew([8, CONTROL, 1], [CONTROL, 8]).witnessed).toBe(false);
});

it('does not care for errors about other ports', () => {
  expect(drew([CONTROL, 55]).witnessed).toBe(true);
  expect(drew([55, CONTROL]).membersRefused).toBe(0);
});

it('asks more at once while controls are answered, fewer when members took their errors, later when there were none', () => {
  const budget = new ReplyBudget();
  expect([budget.size, budget.waitMs]).toEqual([8, 0]);
  for (let i = 0; i < 10; i += 1) budget.learn(true, 0);
  expect([budget.size, budget.waitMs]).toEqual([128, 0]);
  for (let i = 0; i < 10; i += 1) budget.learn(false, 3);
  expect([budget.size, budget.waitMs]).toEqual([1, 0]);
  budget.learn(false, 0);
  expect([budget.size, budget.waitMs]).toEqual([1, 100]);
  for (let i = 0; i < 20; i += 1) budget.learn(false, 0);
  expect(budget.waitMs).toBe(2_000);
  for (let i = 0; i < 40; i += 1) budget.learn(false, 1);
  expect(budget.waitMs).toBe(0);
});
