import { expect } from 'vitest';
import { Refused } from '../../../core/errors.ts';
import type { Plan, RemediationRequest } from '../../../core/remediation/plan.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import type { RulesByGroup } from '../../../core/remediation/security-groups/closure-plan.ts';
import { admitted, expectedAfter } from '../../unit/remediation/security-groups/traffic-oracle.ts';
import type { ClosureLab } from './closure-lab.ts';
import type { LabCase } from './lab-case.ts';
import { approved, type CloudProcess, labWorld } from './lab-world.ts';
import { linesOf } from './rules-on-the-wire.ts';

const missing = (wanted: ReadonlySet<string>, held: ReadonlySet<string>) => [...wanted].filter((one) => !held.has(one));
const idsOf = (rules: RulesByGroup) => [...rules.values()].flat().map(({ id }) => id);

/**
 * Closes the port, compares the live rules with the oracle, puts it back and compares with the rules before: tuples, descriptions, tags, and
 * ids of all rules that were not removed. `refused`: nothing lets the port in from the public, which the oracle confirms, or a group is full.
 */
export async function closeAndPutBack(
  lab: ClosureLab,
  cloud: CloudProcess,
  { rules, protocol, port, family }: LabCase,
): Promise<'closed' | 'refused'> {
  await lab.load(rules);
  const before = await lab.live();
  const was = admitted(before, lab.lists);
  const { must, may } = expectedAfter(before, lab.lists, { protocol, port, family });
  const allowed = new Set([...must, ...may]);
  const world = await labWorld(cloud, { address: family === 'v6' ? lab.v6 : lab.v4, protocol, port });
  const request = await approved(world).catch((error: unknown) => {
    if (error instanceof Refused) return error;
    throw error;
  });
  if (request instanceof Refused) {
    expect(request.message).toMatch(
      /nothing to close here|No public source may reach|has no room for what must remain/,
    );
    if (!request.message.includes('has no room')) expect(missing(was, allowed)).toEqual([]);
    expect(await lab.live()).toEqual(before);
    return 'refused';
  }

  const closed = await runChange(world.ports, request);
  expect([closed.kind, closed.plan.note]).toEqual(['applied', null]);
  const after = admitted(await lab.live(), lab.lists);
  expect(missing(must, after)).toEqual([]);
  expect(missing(after, allowed)).toEqual([]);
  expect(missing(was, after)).not.toEqual([]);

  const rollback: RemediationRequest = { ...request, action: 'rollback' };
  const undone = await runChange(world.ports, rollback);
  expect([undone.kind, undone.plan.state]).toEqual(['rolled-back', 'rolled-back']);
  expectRestored(before, await lab.live(), closed.plan);
  return 'closed';
}

function expectRestored(before: RulesByGroup, back: RulesByGroup, { body }: Plan): void {
  expect(linesOf(back)).toEqual(linesOf(before));
  const removed = body.steps.flatMap((step) => (step.op === 'revoke' ? [step.ruleId] : []));
  const kept = new Set(idsOf(back));
  expect(idsOf(before).filter((id) => !removed.includes(id) && !kept.has(id))).toEqual([]);
}
