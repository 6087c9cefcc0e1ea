import { describe, expect, it } from 'vitest';
import { Alert } from '../../../core/alerting/alert.ts';
import { alertText, toAlert } from '../../../core/alerting/render.ts';
import { anApproval } from '../../builders/approval.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';

const NOW = '2026-03-01T09:00:15.000Z';
const GROUP = 'payments|192.0.2.3';
const redis = aFinding();
const ssh = aFinding({ port: 22, service: 'ssh', severity: 'medium' });

const alertOf = (...findings: Parameters<typeof toAlert>[1]) => toAlert(GROUP, findings, new Map(), NOW);

describe('an alert', () => {
  it('names what happened, where, whose it is, and the ports, worst first', () => {
    const alert = alertOf(ssh, redis);
    expect(alert.title).toBe('2 ports opened on 192.0.2.3 (payments): 6379 redis [high], 22 ssh [medium]');
    expect(alert).toMatchObject({
      group: GROUP,
      owner: 'payments',
      ownerEmail: 'payments@example.com',
      address: '192.0.2.3',
      severity: 'high',
      createdAt: '2026-03-01T09:00:15.000Z',
    });
    expect(alert.items.map(({ port }) => port)).toEqual([6379, 22]);
    expect(Alert.parse(alert)).toEqual(alert);
  });

  it('has one id however often and in whatever order it is made, and another for another event', () => {
    const { id } = alertOf(redis, ssh);
    expect(toAlert(GROUP, [ssh, redis], new Map(), '2026-03-01T10:00:00.000Z').id).toBe(id);
    expect(alertOf(redis).id).not.toBe(id);
    const again = aFinding({ untold: [{ kind: 'opened', occurrence: 2, at: NOW, note: null }] });
    expect(alertOf(again).id).not.toBe(alertOf(redis).id);
  });

  it('has another id for a second failure in the same occurrence, which must not look like a repetition', () => {
    const failed = (at: string) => aFinding({ untold: [{ kind: 'change-failed', occurrence: 1, at, note: null }] });
    expect(alertOf(failed('2026-03-01T09:10:00.000Z')).id).not.toBe(alertOf(failed('2026-03-01T09:20:00.000Z')).id);
  });

  it('counts each kind of event, bad news first; a closure does not raise the severity', () => {
    const closed = aFinding({ untold: [{ kind: 'resolved', occurrence: 1, at: NOW, note: null }] });
    const alert = alertOf(closed, ssh);
    expect(alert.title).toBe(
      '1 port opened, 1 port closed on 192.0.2.3 (payments): 6379 redis [high], 22 ssh [medium]',
    );
    expect(alert.severity).toBe('medium');
    expect(alertOf(closed).severity).toBe('info');
  });

  it('tells everything of a finding that opened and closed before it was told', () => {
    const both = aFinding({
      untold: [
        { kind: 'opened', occurrence: 1, at: '2026-03-01T09:00:10.000Z', note: null },
        { kind: 'resolved', occurrence: 1, at: '2026-03-01T09:00:12.000Z', note: null },
      ],
    });
    const alert = alertOf(both);
    expect(alert.items.map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    expect(alert.title).toBe('1 port opened, 1 port closed on 192.0.2.3 (payments): 6379 redis [high]');
  });

  it('names at most five ports in the title and all of them in the items', () => {
    const many = [1, 2, 3, 4, 5, 6, 7].map((port) => aFinding({ port, service: null, severity: 'low' }));
    const alert = alertOf(...many);
    expect(alert.title).toBe(
      '7 ports opened on 192.0.2.3 (payments): 1 [low], 2 [low], 3 [low], 4 [low], 5 [low] and 2 more',
    );
    expect(alert.items).toHaveLength(7);
  });

  it('of a thousand ports fits a message: a hundred items, the gravest, and the rest as a port set', () => {
    const evidence = 'Port 6379 completed a connection in 1.1 ms (engine connect, 2026-03-01T09:00:10.000Z)';
    const thousand = Array.from({ length: 1_000 }, (_, i) =>
      aFinding({
        id: `f-${i}`,
        port: 1_001 + i,
        severity: i === 999 ? 'critical' : 'low',
        untold: [{ kind: 'opened', occurrence: 1, at: NOW, note: evidence }],
      }),
    );
    const alert = alertOf(...thousand);
    expect(alert.title).toMatch(/^1000 ports opened on /);
    expect(alert.items).toHaveLength(100);
    expect(alert.items.slice(0, 2).map(({ port }) => port)).toEqual([2_000, 1_001]);
    expect(alert.unlisted).toEqual({ count: 900, ports: '1100-1999' });
    expect(alertText(alert).split('\n').at(-1)).toBe('  and 900 more: ports 1100-1999');
    expect(alertOf(...thousand.slice(0, 100)).unlisted).toBeNull();
  });

  it('of every second port of an address fits a message too', () => {
    const many = Array.from({ length: 32_768 }, (_, i) => aFinding({ id: `f-${i}`, port: 2 * i + 1 }));
    expect(Buffer.byteLength(JSON.stringify(alertOf(...many)))).toBeLessThan(200_000);
  });

  it('says so when nobody owns the address', () => {
    expect(alertOf(aFinding({ owner: null, ownerEmail: null })).title).toContain('192.0.2.3 (no owner):');
  });

  it('refuses to be made of nothing', () => {
    expect(() => alertOf(aFinding({ untold: [] }))).toThrow(RangeError);
  });
});

describe('a proposal', () => {
  const body = aPlanBody({ affected: [{ what: '3 open connections', why: 'they end' }] });
  const proposal = {
    plan: aPlan({ body }),
    approval: anApproval({ id: 'ap-1', state: 'pending', expiresAt: '2026-03-01T10:00:00.000Z' }),
  };
  const withProposal = (finding = redis, given = proposal, now = NOW) =>
    toAlert(GROUP, [finding], new Map([[finding.id, given]]), now).items[0];

  it('is one line with the approval that waits for it', () => {
    expect(withProposal()).toMatchObject({
      approvalId: 'ap-1',
      proposal: 'close 192.0.2.3:6379 in nftables:inet portcullis; 1 other thing is affected',
    });
  });

  it('is left out once decided or expired, and where there is nothing left to decide', () => {
    const none = { approvalId: null, proposal: null };
    const denied = { ...proposal, approval: { ...proposal.approval, state: 'denied' as const } };
    const resolved = aFinding({ untold: [{ kind: 'resolved', occurrence: 1, at: NOW, note: null }] });
    expect(withProposal(redis, denied)).toMatchObject(none);
    expect(withProposal(redis, proposal, '2026-03-01T10:00:00.000Z')).toMatchObject(none);
    expect(withProposal(resolved)).toMatchObject(none);
  });
});

describe('the text of an alert', () => {
  it('is the title and, for each event, what is known', () => {
    const finding = aFinding({
      untold: [
        { kind: 'opened', occurrence: 1, at: '2026-03-01T09:00:10.000Z', note: 'Port 6379 completed a connection.' },
      ],
    });
    expect(alertText(alertOf(finding))).toBe(
      [
        '1 port opened on 192.0.2.3 (payments): 6379 redis [high]',
        '  192.0.2.3:6379 redis [high] opened at 2026-03-01T09:00:10.000Z (high risk port)',
        '    Port 6379 completed a connection.',
        '    let in by nftables:input from 0.0.0.0/0',
      ].join('\n'),
    );
  });

  it('names account and Region of what is in a cloud', () => {
    const finding = aFinding({ account: '210987654321', region: 'eu-west-1' });
    const alert = alertOf(finding);
    expect(alert.items[0]).toMatchObject({ account: '210987654321', region: 'eu-west-1' });
    expect(alertText(alert).split('\n')).toContain('    in 210987654321/eu-west-1');
  });

  it('says of a closed port which rule let it in, not that it does', () => {
    const closed = aFinding({ untold: [{ kind: 'resolved', occurrence: 1, at: NOW, note: null }] });
    expect(alertText(alertOf(closed)).split('\n').at(-1)).toBe('    was let in by nftables:input from 0.0.0.0/0');
  });

  it('cannot be forged by what comes from outside: no line break, escape or direction mark survives', () => {
    const evil = 'x\r\n2 ports closed\u001B[2J\u202Etxt\u2028y\u0007\u200B';
    const finding = aFinding({
      owner: evil,
      service: evil,
      admittedBy: [{ ruleId: evil, source: evil, breadth: 'internet' }],
      untold: [{ kind: 'opened', occurrence: 1, at: NOW, note: evil }],
    });
    const alert = alertOf(finding);
    expect(alert.title).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const text = alertText({ ...alert, title: evil });
    expect(text.split('\n')).toHaveLength(4);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});
