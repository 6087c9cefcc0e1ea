import { beforeEach, describe, expect, it } from 'vitest';
import type { DecidedAs } from '../../../core/approvals/approval.ts';
import type { Approver } from '../../../core/config/approver-schema.ts';
import type { RemediationRequest } from '../../../core/remediation/plan.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { World } from '../../support/remediation/world.ts';

const ANA = 'ana@example.com';
const ACTOR = `arn:aws:sts::123456789012:assumed-role/admin/${ANA}`;
const anApprover = (over: Partial<Approver> = {}): Approver => ({
  name: ANA,
  match: null,
  subject: null,
  arns: [],
  ...over,
});

let world: World;

beforeEach(async () => {
  world = await World.with();
  const { admittedBy } = await world.finding();
  await world.stores.attributions.put(admittedBy.map(({ ruleId }) => anAttribution({ ruleId, actor: ACTOR })));
});

async function approvedAs(as: Partial<DecidedAs> | null, by: string): Promise<RemediationRequest> {
  const { plan, approval } = await world.propose();
  const full = as === null ? undefined : { how: 'link' as const, name: by, subject: null, email: null, ...as };
  await world.stores.approvals.decide(approval.id, 'approved', by, world.now, full);
  return { action: 'apply', planId: plan.id, approvalId: approval.id, actor: by };
}

async function refusedWith(request: RemediationRequest, deciders: Approver[] = []): Promise<string | null> {
  const outcome = await runChange({ ...world.ports, deciders: { approvers: deciders, signIn: null } }, request);
  expect(outcome.kind).toBe('refused');
  expect(world.firewall.applied).toEqual([]);
  return outcome.plan.note;
}

describe('what was approved by whoever opened the port', () => {
  it.each<[string, Partial<DecidedAs> | null, string]>([
    ['by link', {}, ANA],
    ['signed in under that address', { how: 'oidc', subject: '1', email: ANA }, 'ana'],
    ['by the command line', { how: 'cli' }, ANA],
    ['before it was kept how', null, ANA],
  ])('%s is never made', async (_, as, by) => {
    expect(await refusedWith(await approvedAs(as, by))).toContain(`opened this port (${ACTOR} created`);
    expect((await world.finding()).untold).toMatchObject([{ kind: 'change-failed' }]);
  });

  it('is never made also when the event that tells of it came after the approval', async () => {
    const late = await World.with();
    world = late;
    const request = await approvedAs({}, ANA);
    const { admittedBy } = await late.finding();
    await late.stores.attributions.put(admittedBy.map(({ ruleId }) => anAttribution({ ruleId, actor: ACTOR })));
    expect(await refusedWith(request)).toContain('somebody else must approve closing it');
  });

  it('is made when somebody else approved it', async () => {
    const request = await approvedAs({}, 'bo@example.com');
    const outcome = await runChange(world.ports, request);
    expect(outcome.kind).toBe('applied');
  });

  it('is tried again, and not made, when the attributions cannot be read', async () => {
    const request = await approvedAs({}, 'bo@example.com');
    const ports = {
      ...world.ports,
      attributions: { ...world.stores.attributions, get: () => Promise.reject(new Error('table gone')) },
    };
    await expect(runChange(ports, request)).rejects.toThrow('table gone');
    expect(world.firewall.applied).toEqual([]);
    expect((await world.plan(request.planId)).state).toBe('proposed');
  });
});

describe('what was approved by somebody who is not on the list any more', () => {
  it('is not made', async () => {
    const request = await approvedAs({}, 'bo@example.com');
    expect(await refusedWith(request, [anApprover()])).toBe(
      'It was approved by bo@example.com: bo@example.com is not on the list of approvers.',
    );
  });

  it('is not made outside their network', async () => {
    const request = await approvedAs({}, 'bo');
    expect(await refusedWith(request, [anApprover({ name: 'bo', match: '198.51.100.0/24' })])).toContain(
      'bo may decide on 198.51.100.0/24 only',
    );
  });
});
