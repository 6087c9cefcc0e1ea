import { removeTable } from './support/remove-table.ts';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Approval } from '../../core/approvals/approval.ts';
import type { AuditRow } from '../../core/audit/audit-row.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import { eventually, type RunningPortcullis, runVerb, tryConnect } from './support/portcullis.ts';
import { ADDRESS as LOOPBACK, cleanups, dataDir, findingWhere, open, told, up } from './support/scene.ts';

/** Exists in this namespace alone. Documentation (RFC 5737), and for scope a public address: what loopback lets in is nobody's exposure. */
const PUBLIC = '203.0.113.9';

const CONFIG = `
targets: [${PUBLIC}, ${LOOPBACK}]
ports: [3306, 3389, 5432, 6379, 8080, 9200]
cadence: 1s
mode: auto
auto:
  - { match: 203.0.113.8/29, ports: [3306, 3389, 6379] }
  - { match: ${LOOPBACK}, ports: [6379] }
limits: { changesPerHour: 1 }
`;

async function where<T>(running: RunningPortcullis, path: string, is: (item: T) => boolean): Promise<T> {
  return eventually(
    async () => {
      const item = await running.get<T>(path);
      return is(item) ? item : undefined;
    },
    30_000,
    () => running.err,
  );
}

describeWith(['root', 'nft', 'ip', 'private network'], 'mode auto', () => {
  it('closes by itself what its patterns name, as often as the cap allows; everything else waits for a person', async () => {
    const data = await dataDir();
    execFileSync('ip', ['addr', 'add', `${PUBLIC}/32`, 'dev', 'lo']);
    cleanups.push(async () => execFileSync('ip', ['addr', 'del', `${PUBLIC}/32`, 'dev', 'lo']), removeTable);
    await writeFile(join(data, 'portcullis.yaml'), CONFIG);
    await open(3389, PUBLIC);
    await open(8080, PUBLIC);
    await open(9200, LOOPBACK);
    const running = await up(data, []);
    const approvalAt = async (port: number, address = PUBLIC) =>
      running.get<Approval>(`/api/approvals/${(await told(running, port, address)).approvalId}`);
    const verb = (...args: string[]) => runVerb(['--data', data, ...args], { cwd: data });

    // Open at the first look: no pattern decides on that.
    expect(await approvalAt(3389)).toMatchObject({ state: 'pending', decidedBy: null });
    await told(running, 9200, LOOPBACK);

    await open(6379, PUBLIC);
    const closed = await findingWhere(
      running,
      ({ address, port, status }) => address === PUBLIC && port === 6379 && status === 'closed',
    );
    expect(await tryConnect(PUBLIC, 6379)).toBe('ECONNREFUSED');
    expect(await tryConnect(PUBLIC, 8080)).toBe('open');
    const policy = 'policy auto: pattern 1, ports 3306,3389,6379 of 203.0.113.8/29';
    const done = await where<Approval>(running, `/api/approvals/${closed.approvalId}`, ({ state }) => state === 'done');
    expect(done.decidedBy).toBe(policy);
    const rows = await running.get<AuditRow[]>(`/api/audit?object=${done.id}`);
    expect(rows).toMatchObject([{ action: 'approval-approved', actor: policy }]);
    const undo = `portcullis rollback ${closed.planId}`;
    await running.waitForOutput(new RegExp(`closed without asking, by policy auto: .*${undo}`));

    // No pattern names the one; the other is let in from nowhere but this machine.
    await open(5432, PUBLIC);
    await open(6379, LOOPBACK);
    expect(await approvalAt(5432)).toMatchObject({ state: 'pending', decidedBy: null });
    expect(await approvalAt(6379, LOOPBACK)).toMatchObject({ state: 'pending', decidedBy: null });

    // The second change of the hour is approved and waits, told once.
    await open(3306, PUBLIC);
    const second = await approvalAt(3306);
    expect(second).toMatchObject({ state: 'approved', decidedBy: policy });
    const waiting = await where<Plan>(running, `/api/plans/${second.planId}`, ({ note }) => note !== null);
    expect(waiting).toMatchObject({ state: 'proposed', note: 'account local has had its one change of this hour' });
    await running.waitForOutput(/it waits for its turn: account local/);
    for (const [port, address] of [
      [3306, PUBLIC],
      [5432, PUBLIC],
      [6379, LOOPBACK],
    ] as const) {
      expect(await tryConnect(address, port)).toBe('open');
    }

    // Putting back is never capped.
    expect(await verb('rollback', closed.planId ?? '')).toMatchObject({ code: 0 });
    expect(await tryConnect(PUBLIC, 6379)).toBe('open');
    const told3306 = (await running.alerts()).flatMap(({ items }) => items.filter(({ port }) => port === 3306));
    expect(told3306.map(({ kind }) => kind).toSorted()).toEqual(['change-waits', 'opened']);
    expect(await running.stop()).toBe(0);
  }, 120_000);
});
