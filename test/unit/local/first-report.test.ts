import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../core/findings/finding.ts';
import { firstReport, type ReportFacts } from '../../../local/report/first-report.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFinding } from '../../builders/finding.ts';

const STYLE = { width: 110, colour: false };

function facts(findings: Finding[], more: Partial<ReportFacts> = {}): ReportFacts {
  return {
    assets: [anAsset()],
    findings,
    mode: 'observe',
    protection: { reasonToKeep: async () => null },
    unread: [],
    done: 1,
    ...more,
  };
}

const base = aFinding({ status: 'open', exposed: true, baseline: true, occurrence: 1, approvalId: null });

describe('the first table', () => {
  it('says so when nothing listens', async () => {
    expect(await firstReport(facts([]), STYLE)).toBe('0 open ports on 1 address: nothing listens there.');
  });

  it('says how far the first look has come', async () => {
    expect(await firstReport(facts([base], { done: 0.419 }), STYLE)).toContain(
      '1 open port on 1 address so far (41 % of',
    );
  });

  it('puts danger first and what nobody else can reach last', async () => {
    const loopback: Finding = { ...base, id: 'f-loop', address: '127.0.0.1', exposed: false, severity: 'info' };
    const low: Finding = { ...base, id: 'f-low', port: 8099, class: 'risk-port', severity: 'low' };
    const high: Finding = { ...base, id: 'f-high', port: 6379, severity: 'high' };
    const text = await firstReport(facts([loopback, low, high]), STYLE);
    const order = ['f-high', 'f-low', 'f-loop'].map((id) => text.indexOf(id));
    expect(order.every((at) => at > 0)).toBe(true);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(text).toMatch(/f-loop\s+nothing$/m);
  });

  it('names account and Region, and says what is not in the table', async () => {
    const far: Finding = { ...base, account: '210987654321', region: 'eu-west-1' };
    const unread = [
      { account: '333333333333', region: 'us-east-1', since: '2026-03-01T09:00:00.000Z', reason: 'no\u001B[2J' },
    ];
    const text = await firstReport(facts([far], { unread }), STYLE);
    expect(text).toMatch(/^OPEN +ACCOUNT\/REGION +SERVICE/m);
    expect(text).toMatch(/^192\.0\.2\.3:6379 +210987654321\/eu-west-1 +redis/m);
    expect(text).toMatch(/\nNot read: account 333333333333 in us-east-1: no\?\[2J$/);
    expect(await firstReport(facts([], { unread }), STYLE)).toBe(
      '0 open ports on 1 address: nothing listens there.\nNot read: account 333333333333 in us-east-1: no?[2J',
    );
    expect(await firstReport(facts([base]), STYLE)).not.toContain('ACCOUNT');
  });

  it('leaves out what is closed, and tells first look, newly opened and re-opened apart', async () => {
    const text = await firstReport(
      facts([
        { ...base, id: 'f-closed', status: 'closed' },
        { ...base, id: 'f-first' },
        { ...base, id: 'f-new', port: 1, baseline: false },
        { ...base, id: 'f-again', port: 2, occurrence: 2 },
      ]),
      STYLE,
    );
    expect(text).not.toContain('f-closed');
    expect(text).toMatch(/first look\s+f-first/);
    expect(text).toMatch(/newly opened\s+f-new/);
    expect(text).toMatch(/re-opened\s+f-again/);
  });

  it('says what would be done: nothing for what is protected or whitelisted, a closure only after an approval', async () => {
    const protectedPort = {
      reasonToKeep: async (_: string, port: number) => (port === 22 ? 'it carries your SSH session' : null),
    };
    const text = await firstReport(
      facts(
        [
          { ...base, id: 'f-ssh', port: 22 },
          { ...base, id: 'f-listed', port: 25, status: 'whitelisted' },
          { ...base, id: 'f-asked', port: 6379, approvalId: 'a-1' },
        ],
        { mode: 'approve', protection: protectedPort },
      ),
      STYLE,
    );
    expect(text).toMatch(/f-ssh\s+nothing: it carries your SSH session/);
    expect(text).toMatch(/f-listed\s+nothing: whitelisted/);
    expect(text).toMatch(/f-asked\s+close it, once approved/);
  });
});
