import { setTimeout as sleep } from 'node:timers/promises';
import { HIGH_RISK_PORTS } from '../../core/findings/high-risk-ports.ts';
import { PortSet } from '../../core/net/port-set.ts';
import { eventually, RunningPortcullis, temporaryDataDir } from '../../test/e2e/support/portcullis.ts';
import { load, machine, said } from '../support/machine.ts';
import { seededRandom } from '../support/random.ts';
import { atMost, latencies } from '../support/stats.ts';
import { AlertTail } from './alert-tail.ts';
import { measureIdle } from './idle.ts';
import { approveSome, type Decided } from './approve.ts';
import { type Listener, keyOf, Listeners } from './listeners.ts';
import { NmapLoop } from './nmap-loop.ts';

const TARGETS = '127.7.0.0/28';
const ADDRESSES = Array.from({ length: 16 }, (_, i) => `127.7.0.${i}`);
const HIGH_RISK = PortSet.from(HIGH_RISK_PORTS.map(({ port }) => port));
const CADENCE_S = 10;
/** Times over which approvals and closings are spread. */
const APPROVE_SECONDS = 30;
const CLOSE_SECONDS = 40;
/** After the last event of a phase: several times what the target allows. */
const PATIENCE_MS = 60_000;
/** The first full sweep: 16 x 65,535 ports at 5,000 probes a second takes 210 s. */
const FULL_SWEEP_MS = 400_000;
const OPENINGS = ['opened', 'reopened', 'found'];

export interface LoopOptions {
  openSeconds: number;
  idleSeconds: number;
  listeners: number;
  approve: number;
  seed: number;
  say: (line: string) => void;
}

export async function measureLoop(options: LoopOptions) {
  const { say } = options;
  const random = seededRandom(options.seed);
  const listeners = new Listeners(ADDRESSES, [...HIGH_RISK], options.listeners, random);
  const cleanups: (() => Promise<void> | void)[] = [() => listeners.closeAll()];
  const loadBefore = load();
  try {
    const data = await temporaryDataDir();
    cleanups.push(data.remove);
    const portcullis = await RunningPortcullis.start({
      dataDir: data.path,
      args: ['--targets', TARGETS, '--cadence', `${CADENCE_S}s`, '--mode', 'approve'],
    });
    cleanups.push(async () => void (await portcullis.stop()));
    const pid = portcullis.process.pid ?? 0;
    say(`portcullis up, pid ${pid}`);
    await eventually(
      async () => (await baseline(portcullis)) || undefined,
      PATIENCE_MS,
      () => portcullis.err,
    );
    const tail = new AlertTail(data.path);
    cleanups.push(() => tail.close());
    const peer = new NmapLoop({ targets: TARGETS, ports: HIGH_RISK.toString(), everyMs: CADENCE_S * 1_000 });
    cleanups.push(() => peer.stop());

    say(`baseline seen; ${options.listeners} listeners open within ${options.openSeconds} s`);
    await listeners.openAll(options.openSeconds * 1_000);
    await until(() => listeners.all.every((one) => tail.find(OPENINGS, one) && peer.noticed.has(keyOf(one))));
    await peer.stop();
    const told = listeners.all.map((one) => tail.find(OPENINGS, one));
    say(`${told.filter(Boolean).length} openings told`);

    const [approved, rest] = [listeners.all.slice(0, options.approve), listeners.all.slice(options.approve)];
    const decided = await approveSome(portcullis, approved, APPROVE_SECONDS * 1_000, random, PATIENCE_MS);
    say(`${decided.filter(({ verifiedMs }) => verifiedMs !== null).length} approved and verified`);

    await listeners.close(rest, CLOSE_SECONDS * 1_000);
    await until(() => rest.every((one) => tail.find(['resolved'], one)));
    say(`${rest.filter((one) => tail.find(['resolved'], one)).length} closings told; waiting for the first full sweep`);

    await eventually(
      async () => (await swept(portcullis)) || undefined,
      FULL_SWEEP_MS,
      () => portcullis.err,
    );
    say(`idle for ${options.idleSeconds} s`);
    const loadIdle = load();
    const idle = await measureIdle(pid, options.idleSeconds);
    const stopped = await portcullis.stop();
    return report(options, {
      listeners: listeners.all,
      rest,
      tail,
      peer,
      decided,
      idle,
      stopped,
      loads: [loadBefore, loadIdle, load()],
    });
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

interface Measured {
  listeners: readonly Listener[];
  rest: readonly Listener[];
  tail: AlertTail;
  peer: NmapLoop;
  decided: readonly Decided[];
  idle: Awaited<ReturnType<typeof measureIdle>>;
  stopped: number | null;
  loads: number[][];
}

function report(options: LoopOptions, measured: Measured) {
  const { listeners, rest, tail, peer, decided, idle } = measured;
  const since = (from: number, to: number | undefined): number[] => (to === undefined ? [] : [to - from]);
  const opening = latencies(listeners.flatMap((one) => since(one.openedAt, tail.find(OPENINGS, one)?.at)));
  const closing = latencies(rest.flatMap((one) => since(one.closedAt, tail.find(['resolved'], one)?.at)));
  const verified = latencies(decided.flatMap(({ verifiedMs }) => verifiedMs ?? []));
  const noticed = latencies(listeners.flatMap((one) => since(one.openedAt, peer.noticed.get(keyOf(one)))));
  const known = new Set(listeners.map(keyOf));
  const openingsTold = tail.told.filter(({ kind }) => OPENINGS.includes(kind));
  const bound = CADENCE_S + 2;
  return {
    bench: 'loop',
    seed: options.seed,
    machine: machine(),
    loadAverage: { before: measured.loads[0], beforeIdle: measured.loads[1], after: measured.loads[2] },
    watched: {
      targets: TARGETS,
      addresses: ADDRESSES.length,
      ports: `catalogue; ${HIGH_RISK.size} high-risk`,
      cadenceSeconds: CADENCE_S,
    },
    openingToAlertSeconds: opening,
    closingToResolvedSeconds: closing,
    approveToVerifiedSeconds: verified,
    alerts: {
      openings: openingsTold.length,
      toldTwice: openingsTold.length - new Set(openingsTold.map(keyOf)).size,
      ofNoListener: tail.told.filter((item) => !known.has(keyOf(item))).length,
    },
    idle,
    exitCode: measured.stopped,
    peer: {
      what: `nmap -sT -Pn -n -T4 every ${CADENCE_S} s and a diff of -oG, in parallel on the same listeners`,
      version: said('nmap', '--version'),
      openingToNoticedSeconds: noticed,
      scanSeconds: latencies(peer.scanMs),
      ratioOursToNmap: { p50: ratio(opening.p50, noticed.p50), p95: ratio(opening.p95, noticed.p95) },
    },
    targets: [
      atMost('openings not told', listeners.length - opening.count, 0, ''),
      atMost('opening to alert, p95', opening.p95, bound, 's'),
      atMost('closings not told', rest.length - closing.count, 0, ''),
      atMost('closing to resolved, p95', closing.p95, bound, 's'),
      atMost('approvals not verified', decided.length - verified.count, 0, ''),
      atMost('approve to verified closed, p95', verified.p95, 5, 's'),
      atMost('CPU while idle', idle.cpuPercentOfOneCore, 3, '% of a core'),
      atMost('memory while idle, RSS max', idle.rssMB.max, 250, 'MB'),
    ],
  };
}

function ratio(ours: number | null, theirs: number | null): number | null {
  return ours === null || theirs === null ? null : Math.round((ours / theirs) * 1_000) / 1_000;
}

/** Every address has been looked at on every high-risk port. */
async function baseline(portcullis: RunningPortcullis): Promise<boolean> {
  const known = await portcullis.get<{ address: string; observed: { ports: string }[] }[]>('/api/fingerprints');
  const seen = known.filter(({ observed }) => {
    const ports = observed.reduce((set, segment) => set.union(PortSet.parse(segment.ports)), PortSet.EMPTY);
    return HIGH_RISK.subtract(ports).isEmpty;
  });
  return seen.length === ADDRESSES.length;
}

/** The first full sweep has ended. */
async function swept(portcullis: RunningPortcullis): Promise<boolean> {
  const { runs } = await portcullis.get<{ runs: { taskId: string; finishedAt: string | null }[] }>('/api/tasks');
  const full = runs.filter(({ taskId }) => taskId === '1');
  if (full.some(({ finishedAt }) => finishedAt !== null)) return true;
  await sleep(1_000);
  return false;
}

/** Waits for `done`, no longer than the patience. */
async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!done() && performance.now() < deadline) await sleep(50);
}
