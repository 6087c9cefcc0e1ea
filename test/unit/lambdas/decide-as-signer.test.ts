import { describe, expect, it } from 'vitest';
import { reasonInDecider } from '../../../core/approvals/decided-still.ts';
import type { DeciderPolicy } from '../../../core/approvals/deciders.ts';
import type { Approver } from '../../../core/config/approver-schema.ts';
import { NotFound, Refused } from '../../../core/errors.ts';
import { decideAsSigner } from '../../../lambdas/api/decide-as-signer.ts';
import { anApproval } from '../../builders/approval.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { ALICE, BOB } from '../../support/lambdas/signed-event.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const NOW = '2026-03-01T09:30:00.000Z';
const ROOT = 'arn:aws:iam::123456789012:root';
/** The same name in another role. */
const OTHER_ALICE = 'arn:aws:sts::999999999999:assumed-role/admin/alice@example.com';

const anApprover = (over: Partial<Approver>): Approver => ({
  name: 'Alice',
  match: null,
  subject: null,
  arns: [],
  ...over,
});

/** A pending approval to close a port that sgr-1 lets in. */
async function makeCase(deciders: Partial<DeciderPolicy> = {}) {
  const stores = makeMemoryStores();
  const sent: unknown[] = [];
  const finding = await stores.findings.save(
    aFinding({
      version: 0,
      untold: [],
      admittedBy: [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' }],
    }),
  );
  const plan = await stores.plans.save(aPlan({ body: aPlanBody({ findingId: finding.id }) }));
  const approval = await stores.approvals.save(
    anApproval({ findingId: finding.id, planId: plan.id, planHash: plan.hash }),
  );
  const ports = {
    ...stores,
    clock: { now: () => NOW },
    queue: { send: async (request: unknown) => void sent.push(request) },
    mode: 'approve' as const,
    deciders: { approvers: [], signIn: null, ...deciders },
  };
  return {
    stores,
    ports,
    finding,
    approval,
    sent,
    openedBy: (actor: string) => stores.attributions.put([anAttribution({ actor })]),
    decide: (arn: string, verb: 'approved' | 'denied' = 'approved') =>
      decideAsSigner(ports, approval.id, verb, arn, 'reviewed'),
    rows: () => stores.audit.list({ limit: 10 }),
  };
}

describe('without a list of approvers', () => {
  it.each([ALICE, BOB, ROOT])('%s decides, and is what the record says', async (arn) => {
    const { decide, rows, sent, approval } = await makeCase();
    expect(await decide(arn)).toMatchObject({
      kind: 'decided',
      approval: { state: 'approved', decidedBy: arn, decidedAs: { how: 'cli', name: arn } },
    });
    expect(await rows()).toMatchObject([{ actor: arn, action: 'approval-approved', object: approval.id }]);
    expect(sent).toMatchObject([{ action: 'apply', actor: arn }]);
  });

  it.each([
    ['this very ARN', ALICE, ALICE],
    ['the same session name in another role', OTHER_ALICE, ALICE],
    ['a user of the same name', 'arn:aws:iam::123456789012:user/bob', BOB],
    ['root', ROOT, ROOT],
  ])('whoever opened the port as %s may deny, not approve', async (_, opener, signer) => {
    const refused = await makeCase();
    await refused.openedBy(opener);
    await expect(refused.decide(signer)).rejects.toThrow(/opened this port .*somebody else must approve/);
    expect(refused.sent).toEqual([]);
    expect(await refused.stores.approvals.get(refused.approval.id)).toEqual(refused.approval);
    expect(await refused.rows()).toMatchObject([{ actor: signer, action: 'decision-refused' }]);
    expect(await refused.decide(signer, 'denied')).toMatchObject({ kind: 'decided', approval: { decidedBy: signer } });
  });

  it('somebody else approves what was opened', async () => {
    const { openedBy, decide } = await makeCase();
    await openedBy(ALICE);
    expect(await decide(BOB)).toMatchObject({ kind: 'decided' });
  });

  it('the change is not made when it turns out later that the signer had opened the port', async () => {
    const { openedBy, decide, ports, finding } = await makeCase();
    const { approval } = await decide(ALICE);
    expect(await reasonInDecider(ports, approval, finding)).toBeNull();
    await openedBy(OTHER_ALICE);
    expect(await reasonInDecider(ports, approval, finding)).toMatch(/opened this port/);
  });
});

describe('with a list of approvers', () => {
  it.each([
    ['ARN among those of the entry', anApprover({ arns: ['arn:aws:iam::123456789012:user/x', ALICE] })],
    ['ARN as the name', anApprover({ name: ALICE })],
  ])('the signer is the entry with the %s', async (_, entry) => {
    const { decide, rows, ports, finding } = await makeCase({ approvers: [anApprover({ name: 'Zoe' }), entry] });
    const { approval } = await decide(ALICE);
    expect(approval).toMatchObject({ decidedBy: ALICE, decidedAs: { how: 'cli', name: entry.name } });
    expect(await rows()).toMatchObject([{ actor: ALICE }]);
    // The remediator asks again, and knows the entry.
    expect(await reasonInDecider(ports, approval, finding)).toBeNull();
  });

  it.each([
    ['a session that is called like the approver', anApprover({ name: 'alice@example.com' })],
    ['a session that is called like the subject', anApprover({ subject: 'alice@example.com' })],
    ['a pattern', anApprover({ arns: ['arn:aws:sts::*:assumed-role/*/alice@example.com', 'arn:aws:*', '*'] })],
    ['the ARN in other letters', anApprover({ arns: [ALICE.toUpperCase()] })],
    ['the role of the session', anApprover({ arns: ['arn:aws:iam::123456789012:role/AWSReservedSSO_ops_0123'] })],
  ])('%s makes nobody an approver', async (_, entry) => {
    const { decide, rows, sent, stores, approval } = await makeCase({ approvers: [entry] });
    for (const verb of ['approved', 'denied'] as const) {
      await expect(decide(ALICE, verb)).rejects.toThrow(new Refused(`${ALICE} is not on the list of approvers.`));
    }
    expect((await rows()).map(({ actor, action }) => [actor, action])).toEqual([
      [ALICE, 'decision-refused'],
      [ALICE, 'decision-refused'],
    ]);
    expect(sent).toEqual([]);
    expect(await stores.approvals.get(approval.id)).toEqual(approval);
  });

  it('an approver decides where the entry says, and nowhere else', async () => {
    const entry = anApprover({ arns: [ALICE], match: '198.51.100.0/24' });
    const { decide } = await makeCase({ approvers: [entry] });
    await expect(decide(ALICE)).rejects.toThrow(
      'Alice may decide on 198.51.100.0/24 only, and 192.0.2.3 is not there.',
    );
  });

  it.each([
    ['this ARN', ALICE],
    ['another one with the same session name', OTHER_ALICE],
    ['one that a pattern of the entry fits', 'arn:aws:iam::123456789012:user/asmith'],
    ['one that the name of the entry is in', 'arn:aws:iam::123456789012:user/Alice'],
  ])('whoever opened the port as %s does not approve', async (_, opener) => {
    const { openedBy, decide, sent } = await makeCase({
      approvers: [
        anApprover({ arns: [ALICE, 'arn:aws:iam::*:user/asmith'] }),
        anApprover({ name: 'Bob', arns: [BOB] }),
      ],
    });
    await openedBy(opener);
    await expect(decide(ALICE)).rejects.toThrow(/Alice opened this port/);
    expect(sent).toEqual([]);
    expect(await decide(BOB)).toMatchObject({ kind: 'decided' });
  });

  it('an ARN that two entries have decides nothing', async () => {
    const approvers = [anApprover({ arns: [ALICE] }), anApprover({ name: 'Ops', arns: [ALICE] })];
    const { decide } = await makeCase({ approvers });
    await expect(decide(ALICE)).rejects.toThrow(
      `${ALICE} is both Alice and Ops on the list of approvers: leave it at one.`,
    );
  });

  it('what needs a sign-in is decided by link', async () => {
    const signIn = {
      issuer: 'https://login.example.com',
      clientId: 'portcullis',
      audience: 'portcullis',
      forSeverity: 'high' as const,
    };
    const { decide } = await makeCase({ approvers: [anApprover({ arns: [ALICE] })], signIn });
    await expect(decide(ALICE)).rejects.toThrow(/decided by an approver who has signed in/);
  });
});

it('an approval that is not there is not found', async () => {
  const { ports } = await makeCase();
  await expect(decideAsSigner(ports, 'a-none', 'approved', ALICE, null)).rejects.toThrow(
    new NotFound('approval', 'a-none'),
  );
});
