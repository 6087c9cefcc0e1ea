import { removeTable } from './support/remove-table.ts';
import { execFile } from 'node:child_process';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import type { Approval } from '../../core/approvals/approval.ts';
import type { AuditRow } from '../../core/audit/audit-row.ts';
import { type Finding, isOpening } from '../../core/findings/finding.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import { seeded } from '../support/random.ts';
import {
  close,
  eventually,
  listen,
  RunningPortcullis,
  temporaryDataDir,
  tryConnect,
  undo,
} from './support/portcullis.ts';

const run = promisify(execFile);
const KILLS = 30;
/** Another seed by hand: PORTCULLIS_KILL_SEED=7 npm test -- test/e2e/kill.test.ts */
const SEED = Number(process.env['PORTCULLIS_KILL_SEED'] ?? 20_261_121);
const ADDRESS = '127.7.7.9';
const NEIGHBOUR = 8080;
const PORTS = [22, 2375, 3306, 5432, 6379, 9200, 11_211, 27_017];
const UP = ['--targets', ADDRESS, '--cadence', '1s', '--mode', 'approve', '--ports', [NEIGHBOUR, ...PORTS].join(',')];

describeWith(['root', 'nft', 'private network'], 'kill -9 at any moment', () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(() => undo(cleanups));

  it(`loses nothing and does nothing twice, ${KILLS} times over`, async () => {
    const random = seeded(SEED);
    const data = await temporaryDataDir();
    cleanups.push(data.remove, removeTable);
    const listeners = new Map<number, Server>();
    cleanups.push(() => Promise.all([...listeners.values()].map(close)));
    listeners.set(NEIGHBOUR, await listen(ADDRESS, NEIGHBOUR));
    const start = async () => {
      const portcullis = await RunningPortcullis.start({ dataDir: data.path, args: UP });
      cleanups.push(() => portcullis.kill());
      return portcullis;
    };
    const approved = new Set<number>();

    // The baseline, so that what opens later is an opening.
    const first = await start();
    await eventually(
      async () => (await findings(first)).find(({ port, alertedAt }) => port === NEIGHBOUR && alertedAt !== null),
      20_000,
      () => first.err,
    );
    await first.kill();

    for (let kill = 0; kill < KILLS; kill += 1) {
      const portcullis = await start();
      const actions = 1 + Math.floor(random() * 3);
      for (let action = 0; action < actions; action += 1) {
        await sleep(random() * 700);
        await act(portcullis, listeners, approved, random);
      }
      await sleep(random() * 900);
      await portcullis.kill();
    }

    const survivor = await start();
    const state = await settled(survivor, listeners, approved);
    const alerts = await survivor.alerts();

    for (const [port] of listeners) {
      const finding = state.findings.find((each) => each.port === port);
      expect(finding?.alertedAt, `the opening of ${port} was told`).not.toBeNull();
    }
    const told = new Map<string, number>();
    for (const { findingId, kind, occurrence } of alerts.flatMap((alert) => alert.items)) {
      const event = `${findingId} ${kind} ${occurrence}`;
      told.set(event, (told.get(event) ?? 0) + 1);
    }
    const opened = [...told].filter(([event]) => isOpening(event.split(' ')[1] as 'opened'));
    expect(opened.length).toBeGreaterThan(3);
    expect(Math.max(...told.values()), 'an alert is repeated at most once').toBeLessThanOrEqual(2);

    const audit = await survivor.get<AuditRow[]>('/api/audit?limit=1000');
    for (const plan of state.plans.filter(({ state: end }) => end === 'verified')) {
      const rows = audit.filter(({ object, action }) => object === plan.id && action === 'change-applied');
      expect(rows.length, `${plan.id} was applied once`).toBe(1);
    }
    expect(approved.size).toBeGreaterThan(0);
    for (const port of approved) expect(await tryConnect(ADDRESS, port)).toBe('ECONNREFUSED');
    expect(await tryConnect(ADDRESS, NEIGHBOUR)).toBe('open');
    expect(await closedByNft()).toEqual([...approved].sort((a, b) => a - b));
    expect(await survivor.stop()).toBe(0);
  }, 300_000);
});

/** Opens a port, or approves what waits for it. A port that was approved stays listening: its change has nothing else to wait for. */
async function act(
  portcullis: RunningPortcullis,
  listeners: Map<number, Server>,
  approved: Set<number>,
  random: () => number,
): Promise<void> {
  if (random() < 0.6) {
    const shut = PORTS.filter((port) => !listeners.has(port));
    const port = shut[Math.floor(random() * shut.length)];
    if (port !== undefined) listeners.set(port, await listen(ADDRESS, port));
    return;
  }
  const waiting = (await portcullis.get<(Approval & { plan: Plan })[]>('/api/approvals')).find(
    ({ state, plan }) => state === 'pending' && plan.body.port !== NEIGHBOUR,
  );
  if (waiting === undefined) return;
  await portcullis.post(`/api/approvals/${waiting.id}/approve`);
  approved.add(waiting.plan.body.port);
}

interface State {
  findings: Finding[];
  plans: Plan[];
}

/** Everything that listens is told, everything approved is done. */
async function settled(
  portcullis: RunningPortcullis,
  listeners: Map<number, Server>,
  approved: Set<number>,
): Promise<State> {
  let last: State = { findings: [], plans: [] };
  return eventually(
    async () => {
      last = { findings: await findings(portcullis), plans: await portcullis.get<Plan[]>('/api/plans') };
      const told = [...listeners.keys()].every((port) =>
        last.findings.some((finding) => finding.port === port && finding.alertedAt !== null),
      );
      const done = [...approved].every((port) =>
        last.plans.some(({ state, body }) => body.port === port && state === 'verified'),
      );
      const quiet = last.findings.every(({ untold }) => untold.length === 0);
      return told && done && quiet ? last : undefined;
    },
    90_000,
    () => `${JSON.stringify({ approved: [...approved], ...last }, null, 1)}\n${portcullis.err}`,
  );
}

async function findings(portcullis: RunningPortcullis): Promise<Finding[]> {
  return portcullis.get<Finding[]>('/api/findings');
}

async function closedByNft(): Promise<number[]> {
  const { stdout } = await run('nft', ['list', 'set', 'inet', 'portcullis', 'closed4']);
  return [...stdout.matchAll(/127\.7\.7\.9 \. tcp \. (\d+)/g)].map((match) => Number(match[1])).sort((a, b) => a - b);
}
