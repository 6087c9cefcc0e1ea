import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOpener, whyOpenerMayNot } from '../../../core/approvals/opener-rule.ts';
import type { Approver } from '../../../core/config/approver-schema.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const SSO = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123/ana@example.com';
const anApprover = (over: Partial<Approver>): Approver => ({
  name: 'ana',
  match: null,
  subject: null,
  arns: [],
  ...over,
});

function refused(
  actor: string | null,
  who: { name?: string; subject?: string; email?: string; entry?: Approver },
): boolean {
  const { name = 'ana', subject = null, email = null, entry } = who;
  const opener = { by: anAttribution({ actor }) };
  return whyOpenerMayNot({ approvers: entry === undefined ? [] : [entry] }, opener, { name, subject, email }) !== null;
}

describe('who opened a port', () => {
  it.each([
    ['the e-mail address that is the session of a role', SSO, { name: 'ana@example.com' }],
    [
      'the same in other letters',
      SSO.toUpperCase()
        .replace(/^ARN:AWS:STS/, 'arn:aws:sts')
        .replace('ASSUMED-ROLE', 'assumed-role'),
      { name: 'Ana@Example.com' },
    ],
    ['the signed-in address', SSO, { name: 'ana', email: 'ana@example.com' }],
    ['the subject of the entry', SSO, { entry: anApprover({ subject: 'ana@example.com' }) }],
    ['the name of a user', 'arn:aws:iam::123456789012:user/ops/ana', { name: 'ana' }],
    ['the name of a federated user', 'arn:aws:sts::123456789012:federated-user/ana', { name: 'ana' }],
    [
      'a pattern of the entry',
      SSO,
      { entry: anApprover({ arns: ['arn:aws:iam::1:user/x', 'arn:aws:sts::*:assumed-role/AWSReservedSSO_*/ana@*'] }) },
    ],
    ['a pattern that is the ARN itself', SSO, { entry: anApprover({ arns: [SSO] }) }],
    ['a pattern for root', 'arn:aws:iam::123456789012:root', { entry: anApprover({ arns: ['arn:aws:iam::*:root'] }) }],
  ])('is recognised by %s', (_, actor, who) => {
    expect(refused(actor, who)).toBe(true);
  });

  it.each([
    ['somebody else in the same role', SSO, { name: 'bo@example.com' }],
    ['a name that only begins like theirs', SSO, { name: 'ana' }],
    ['a name that ends like theirs', SSO, { name: 'a@example.com' }],
    ['the name of the role', SSO, { name: 'AWSReservedSSO_admin_0123' }],
    ['root, for somebody called root', 'arn:aws:iam::123456789012:root', { name: 'root' }],
    ['a service', 'ec2.amazonaws.com', { name: 'ec2.amazonaws.com' }],
    ['nobody that the event names', null, { name: 'ana' }],
    ['a pattern for another account', SSO, { entry: anApprover({ arns: ['arn:aws:sts::999999999999:*'] }) }],
    ['a pattern that is longer than the ARN', SSO, { entry: anApprover({ arns: [`${SSO}*x`] }) }],
    ["a pattern of somebody else's entry", SSO, { name: 'bo', entry: anApprover({ arns: [SSO] }) }],
  ])('is not %s', (_, actor, who) => {
    expect(refused(actor, who)).toBe(false);
  });

  it('is nobody when it is not known, and nobody when it was Portcullis', () => {
    const person = { name: 'ana@example.com', subject: null, email: null };
    expect(whyOpenerMayNot({ approvers: [] }, { by: null }, person)).toBeNull();
    const ours = { by: anAttribution({ actor: SSO, byUs: true }) };
    expect(whyOpenerMayNot({ approvers: [] }, ours, person)).toBeNull();
  });

  it('is said with the reason', () => {
    const opener = { by: anAttribution({ actor: SSO }) };
    expect(whyOpenerMayNot({ approvers: [] }, opener, { name: 'ana@example.com', subject: null, email: null })).toBe(
      `ana@example.com opened this port (${SSO} created sgr-1 at 2026-03-01T09:00:00.000Z from 203.0.113.9): somebody else must approve closing it. Denying is possible.`,
    );
  });

  it('fits a pattern exactly where a regular expression says so', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });
    fc.assert(
      fc.property(letters, pattern, (text, stars) => {
        const expected = new RegExp(`^${stars.replaceAll('*', '.*')}$`).test(text);
        expect(refused(text, { entry: anApprover({ arns: [stars] }) })).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes no longer for a pattern of many stars', () => {
    const entry = anApprover({ arns: [`${'*a'.repeat(200)}*b`] });
    expect(refused('a'.repeat(2_000), { entry })).toBe(false);
  });

  it('is read from the rules of the finding', async () => {
    const { attributions } = makeMemoryStores();
    await attributions.put([anAttribution({ ruleId: 'sgr-1', actor: SSO })]);
    const admission = { source: '0.0.0.0/0', breadth: 'internet' } as const;
    const known = await readOpener(attributions, { admittedBy: [{ ruleId: 'sgr-1', ...admission }] });
    expect(known.by?.actor).toBe(SSO);
    const half = {
      admittedBy: [
        { ruleId: 'sgr-1', ...admission },
        { ruleId: 'sgr-2', ...admission },
      ],
    };
    expect((await readOpener(attributions, half)).by).toBeNull();
    expect((await readOpener(attributions, { admittedBy: [] })).by).toBeNull();
  });
});
