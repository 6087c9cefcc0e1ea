import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../core/findings/finding.ts';
import { endReleased, judge, type JudgeContext, rejudgeWhitelist, settle } from '../../../core/findings/judge.ts';
import { anAsset } from '../../builders/asset.ts';
import { aChange } from '../../builders/change.ts';
import { aFinding } from '../../builders/finding.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';

const NOW = '2026-03-01T09:00:12.000Z';
const ADMITTED = [{ ruleId: 'nftables:input', source: '0.0.0.0/0', breadth: 'internet' as const }];

/** Nobody wrote a rule: the host lets in what nothing shuts out. */
const BY_DEFAULT = [
  { ruleId: 'host:default', source: '0.0.0.0/0', breadth: 'internet' as const, byDefault: true as const },
];

function context(over: Partial<JudgeContext> = {}): JudgeContext {
  return { asset: anAsset(), admissions: ADMITTED, openedBy: null, whitelistMatch: null, now: NOW, ...over };
}

const HIDDEN = anAsset({ exposed: false });
const kinds = (finding: Finding) => finding.untold.map(({ kind, occurrence }) => `${kind} ${occurrence}`);

describe('an opening', () => {
  it('makes a finding to tell, with what is known of the asset and the port', () => {
    expect(judge(undefined, aChange(), context())).toEqual({
      ...aFinding({ version: 0 }),
      untold: [
        { kind: 'opened', occurrence: 1, at: '2026-03-01T09:00:10.000Z', note: 'Port 6379 completed a connection.' },
      ],
    });
  });

  it('of an ordinary port is told as well', () => {
    const finding = judge(undefined, aChange({ port: 54_321 }), context());
    expect(finding).toMatchObject({ class: 'risk-port', severity: 'low', service: null, baseline: false });
    expect(kinds(finding)).toEqual(['opened 1']);
  });

  it('is not told at an asset that is not exposed, and its severity is info', () => {
    const finding = judge(undefined, aChange(), context({ asset: HIDDEN }));
    expect(finding).toMatchObject({ exposed: false, severity: 'info', class: 'high-risk-port', untold: [] });
  });

  it('that the whitelist permits is recorded and not told', () => {
    const finding = judge(undefined, aChange(), context({ whitelistMatch: aWhitelistEntry() }));
    expect(finding).toMatchObject({ status: 'whitelisted', whitelistedBy: 'w-0000000000000001', untold: [] });
  });

  it('without a rule that admits it is unexplained', () => {
    expect(judge(undefined, aChange(), context({ admissions: [] })).verdict).toBe('unexplained');
  });
});

describe('the first look', () => {
  const firstSeen = (port: number) => aChange({ kind: 'first-seen', port });

  it('tells of a high-risk port and marks it as baseline', () => {
    const finding = judge(undefined, firstSeen(6379), context());
    expect(finding.baseline).toBe(true);
    expect(kinds(finding)).toEqual(['found 1']);
  });

  it('lists any other port without telling', () => {
    expect(judge(undefined, firstSeen(443), context())).toMatchObject({ baseline: true, status: 'open', untold: [] });
  });

  it('tells of no high-risk port that is whitelisted or not exposed', () => {
    expect(judge(undefined, firstSeen(6379), context({ whitelistMatch: aWhitelistEntry() })).untold).toEqual([]);
    expect(judge(undefined, firstSeen(6379), context({ asset: HIDDEN })).untold).toEqual([]);
  });
});

describe('a closure', () => {
  const closing = aChange({
    kind: 'closed',
    transition: 2,
    at: '2026-03-01T10:00:00.000Z',
    evidence: 'Port 6379 refused twice.',
  });
  const told = aFinding({ untold: [], alertedAt: '2026-03-01T09:00:15.000Z' });

  it('closes the finding and is told when the opening was', () => {
    const finding = judge(told, closing, context({ admissions: BY_DEFAULT }));
    expect(finding).toMatchObject({
      status: 'closed',
      verdict: 'latent',
      transition: 2,
      occurrence: 1,
      openedAt: '2026-03-01T09:00:10.000Z',
      observedAt: '2026-03-01T10:00:00.000Z',
      closedAt: '2026-03-01T10:00:00.000Z',
    });
    expect(finding.untold).toEqual([
      { kind: 'resolved', occurrence: 1, at: '2026-03-01T10:00:00.000Z', note: 'Port 6379 refused twice.' },
    ]);
  });

  it('before the opening was told leaves both to be told', () => {
    expect(kinds(judge(aFinding(), closing, context({ admissions: [] })))).toEqual(['opened 1', 'resolved 1']);
  });

  it('of something nobody was told of is not told', () => {
    expect(judge(aFinding({ untold: [] }), closing, context({ admissions: [] })).untold).toEqual([]);
  });

  it('is clean when no rule admits the port any more', () => {
    expect(judge(told, closing, context({ admissions: [] }))).toMatchObject({ status: 'closed', verdict: 'clean' });
  });

  it('ends a change under way', () => {
    const under = { ...told, status: 'closing' } as const;
    expect(judge(under, closing, context({ admissions: [] }))).toMatchObject({ status: 'closed' });
    expect(judge(under, closing, context())).toMatchObject({ status: 'closing', verdict: 'latent' });
  });

  it('that a verification already told is not told twice', () => {
    const verified = aFinding({
      status: 'closed',
      untold: [],
      alertedAt: '2026-03-01T09:00:15.000Z',
      closedAt: '2026-03-01T09:30:00.000Z',
    });
    expect(judge(verified, closing, context())).toMatchObject({
      status: 'closed',
      closedAt: '2026-03-01T09:30:00.000Z',
      transition: 2,
      untold: [],
    });
  });

  it('of a port without a finding leaves a closed finding and nothing to tell', () => {
    expect(judge(undefined, closing, context())).toMatchObject({ status: 'closed', untold: [], version: 0 });
  });
});

describe('a port that falls silent behind its rule', () => {
  const silent = aChange({ kind: 'closed', transition: 2, at: '2026-03-01T10:00:00.000Z', evidence: 'Refused twice.' });
  const told = aFinding({ untold: [], alertedAt: '2026-03-01T09:00:15.000Z' });
  const latent = judge(told, silent, context());

  it('stays an open finding, and nobody is told that it ended', () => {
    expect(latent).toMatchObject({ status: 'open', verdict: 'latent', closedAt: null, transition: 2, untold: [] });
    expect(judge({ ...told, status: 'whitelisted', whitelistedBy: 'w-1' }, silent, context())).toMatchObject({
      status: 'whitelisted',
      whitelistedBy: 'w-1',
      verdict: 'latent',
    });
  });

  it('and answers again is the same exposure: nobody is told twice', () => {
    const again = aChange({ transition: 3, at: '2026-03-01T11:00:00.000Z', flap: false });
    expect(judge(latent, again, context())).toMatchObject({
      status: 'open',
      verdict: 'confirmed',
      occurrence: 1,
      openedAt: latent.openedAt,
      alertedAt: latent.alertedAt,
      untold: [],
    });
  });

  it('ends when its rule is gone too, and that is told', () => {
    const ended = settle(latent, 'No rule lets it in.', NOW);
    expect(ended).toMatchObject({ status: 'closed', verdict: 'clean', admittedBy: [], closedAt: NOW });
    expect(ended.untold).toEqual([{ kind: 'resolved', occurrence: 1, at: NOW, note: 'No rule lets it in.' }]);
    expect(settle(ended, 'again', NOW)).toBe(ended);
  });

  it('does not end while it answers, or while a change is under way', () => {
    expect(settle(told, 'No rule lets it in.', NOW)).toBe(told);
    const under: Finding = { ...latent, status: 'closing' };
    expect(settle(under, 'No rule lets it in.', NOW)).toBe(under);
  });

  it('ends with the address, whatever its state; once', () => {
    const left = endReleased(told, 'The address is gone.', NOW);
    expect(left).toMatchObject({ status: 'closed', closedAt: NOW });
    expect(kinds(left)).toEqual(['resolved 1']);
    expect(endReleased(left, 'The address is gone.', NOW)).toBe(left);
    expect(endReleased(aFinding({ untold: [] }), 'The address is gone.', NOW).untold).toEqual([]);
  });
});

describe('a re-opening', () => {
  const closed = aFinding({
    status: 'closed',
    transition: 2,
    untold: [],
    approvalId: 'ap-1',
    planId: 'p-1',
    alertedAt: '2026-03-01T09:00:15.000Z',
    approvedAt: '2026-03-01T09:10:00.000Z',
    changedAt: '2026-03-01T09:10:01.000Z',
    verifiedAt: '2026-03-01T09:10:04.000Z',
    closedAt: '2026-03-01T09:10:04.000Z',
  });
  const opening = aChange({ transition: 3, at: '2026-03-01T11:00:00.000Z' });

  it('is a new event on the same finding', () => {
    const finding = judge(closed, opening, context());
    expect(finding).toMatchObject({
      id: closed.id,
      version: closed.version,
      status: 'open',
      occurrence: 2,
      baseline: false,
      approvalId: null,
      planId: null,
      openedAt: '2026-03-01T11:00:00.000Z',
      observedAt: '2026-03-01T11:00:00.000Z',
      alertedAt: null,
      approvedAt: null,
      changedAt: null,
      verifiedAt: null,
      closedAt: null,
    });
    expect(kinds(finding)).toEqual(['reopened 2']);
  });

  it('keeps what was not told yet', () => {
    const unheard = { ...closed, untold: [{ kind: 'resolved' as const, occurrence: 1, at: NOW, note: null }] };
    expect(kinds(judge(unheard, opening, context()))).toEqual(['resolved 1', 'reopened 2']);
  });

  it('that is a flap is folded into the finding untold, and takes back a closure not told yet', () => {
    const silent = {
      ...closed,
      changedAt: null,
      untold: [{ kind: 'resolved' as const, occurrence: 1, at: NOW, note: null }],
    };
    const finding = judge(silent, { ...opening, flap: true }, context());
    expect(finding).toMatchObject({ status: 'open', occurrence: 1, transition: 3, closedAt: null, untold: [] });
    expect(finding.openedAt).toBe('2026-03-01T09:00:10.000Z');
  });

  it('that is a flap is told when people already believe the port closed', () => {
    const believed = { ...closed, changedAt: null, alertedAt: NOW, untold: [] };
    expect(kinds(judge(believed, { ...opening, flap: true }, context()))).toEqual(['reopened 2']);
  });

  it('after a firewall change is told even when the closure was shown by silence', () => {
    expect(kinds(judge(closed, { ...opening, flap: true }, context()))).toEqual(['reopened 2']);
  });

  it('that the whitelist permits is not told', () => {
    const finding = judge(closed, opening, context({ whitelistMatch: aWhitelistEntry() }));
    expect(finding).toMatchObject({ status: 'whitelisted', occurrence: 2, untold: [] });
  });
});

it('applies a change once: the same change again returns the very same finding', () => {
  const first = judge(undefined, aChange(), context());
  expect(judge(first, aChange(), context({ now: '2026-03-01T12:00:00.000Z' }))).toBe(first);
  const second = judge(first, aChange({ kind: 'closed', transition: 2 }), context());
  expect(judge(second, aChange({ kind: 'closed', transition: 2 }), context())).toBe(second);
  expect(judge(second, aChange(), context())).toBe(second);
});

describe('a change of the whitelist', () => {
  const entry = aWhitelistEntry();
  const permitted = aFinding({ status: 'whitelisted', whitelistedBy: entry.id, untold: [] });

  it('permits an open finding and takes back an opening not told yet', () => {
    expect(rejudgeWhitelist(aFinding(), entry, NOW)).toMatchObject({
      status: 'whitelisted',
      whitelistedBy: entry.id,
      untold: [],
    });
  });

  it('that ends a permission opens the finding again and tells so', () => {
    const finding = rejudgeWhitelist(permitted, null, NOW);
    expect(finding).toMatchObject({ status: 'open', whitelistedBy: null, occurrence: 1 });
    expect(finding.untold).toEqual([
      {
        kind: 'exception-expired',
        occurrence: 1,
        at: NOW,
        note: 'Whitelist entry w-0000000000000001 no longer permits it.',
      },
    ]);
  });

  it('tells nothing of an asset that is not exposed', () => {
    expect(rejudgeWhitelist({ ...permitted, exposed: false }, null, NOW)).toMatchObject({ status: 'open', untold: [] });
  });

  it('notes another entry that permits it now', () => {
    const other = aWhitelistEntry({ id: 'w-0000000000000002' });
    expect(rejudgeWhitelist(permitted, other, NOW)).toMatchObject({ status: 'whitelisted', whitelistedBy: other.id });
  });

  it('leaves everything else the very same object', () => {
    const open = aFinding();
    const closing = aFinding({ status: 'closing' });
    const closed = aFinding({ status: 'closed' });
    expect(rejudgeWhitelist(open, null, NOW)).toBe(open);
    expect(rejudgeWhitelist(permitted, entry, NOW)).toBe(permitted);
    expect(rejudgeWhitelist(closing, entry, NOW)).toBe(closing);
    expect(rejudgeWhitelist(closed, null, NOW)).toBe(closed);
  });
});
