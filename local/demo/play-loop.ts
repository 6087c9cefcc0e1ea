import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { alertText } from '../../core/alerting/render.ts';
import { messageOf } from '../../core/errors.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { endpoint } from '../../core/net/address.ts';
import { requestRollback } from '../../core/remediation/request-rollback.ts';
import { humanDuration, seconds } from '../../core/time.ts';
import { openDataDirectory } from '../cloud/data-directory.ts';
import { makeLocalApp } from '../machine/app.ts';
import { serve } from '../machine/http-server.ts';
import { type Machine, startMachine } from '../machine/machine.ts';
import { closeListener, openListener, tryPort } from './sockets.ts';

export interface DemoStage {
  dataDir: string;
  approve: () => Promise<boolean>;
  say: (line: string) => void;
  signal: AbortSignal;
}

const ADDRESS = '127.7.7.9';
const LISTEN = { host: '127.0.0.1', port: 0 };
const RISKY_PORT = 6379;
const NEIGHBOUR_PORT = 8080;
/** Each step is given this long before the demo says that it failed. */
const STEP_MS = seconds(20);

/** Plays notice, tell, approve, close, prove and put back on real sockets. Resolves to the exit code. */
export async function playLoop(stage: DemoStage): Promise<number> {
  const { say, dataDir } = stage;
  const listeners: Server[] = [];
  let alerted: (text: string) => void = () => undefined;
  const directory = await openDataDirectory(dataDir);
  await directory.acquireLock();
  let app: ReturnType<typeof makeLocalApp> | undefined;
  const server = await serve(
    (request, connection) => app?.fetch(request, connection) ?? new Response(null, { status: 503 }),
    LISTEN,
  );
  const machine = await startMachine({
    directory,
    listening: { host: LISTEN.host, port: server.port, url: server.url },
    settings: {
      ...DEFAULT_SETTINGS,
      targets: [ADDRESS],
      ports: `22,${RISKY_PORT},${NEIGHBOUR_PORT}`,
      cadenceMs: seconds(1),
      mode: 'approve',
      listen: LISTEN,
      owners: [{ match: ADDRESS, owner: 'demo team', email: null }],
    },
    err: (line) => process.stderr.write(`${line}\n`),
    show: async (alert) => alerted(alertText(alert)),
  });
  try {
    app = makeLocalApp(machine, { host: LISTEN.host, port: server.port });
    await play({ ...stage, machine, listeners, onAlert: (heard) => (alerted = heard) });
    say('\nEverything is gone again: the namespace, the listeners, the data. Try it for real: npm start');
    return 0;
  } catch (error) {
    say(`\nThe demo did not finish: ${messageOf(error)}`);
    return 1;
  } finally {
    for (const listener of listeners) await closeListener(listener);
    await machine.stop();
    await server.close();
  }
}

interface Play extends DemoStage {
  machine: Machine;
  listeners: Server[];
  onAlert: (heard: (text: string) => void) => void;
}

async function play(at: Play): Promise<void> {
  const { machine, say } = at;
  const risky = endpoint(ADDRESS, RISKY_PORT);
  const neighbour = endpoint(ADDRESS, NEIGHBOUR_PORT);
  const watch = stopwatch();

  say(`1/8  A server listens on ${neighbour}. Portcullis takes its first look at ${ADDRESS}: the baseline.`);
  at.listeners.push(await openListener(ADDRESS, NEIGHBOUR_PORT));
  const alerts: string[] = [];
  at.onAlert((text) => alerts.push(text));
  await machine.startSchedule();
  await until(at, 'the first look', async () => (await findingAt(machine, NEIGHBOUR_PORT)) !== undefined);
  await until(at, 'the first alert', async () => alerts.length > 0);
  say(`     done in ${watch.lap()}; told: ${firstLine(alerts[0])}`);

  say(`2/8  Something new starts to listen on ${risky}, where a redis usually is.`);
  at.listeners.push(await openListener(ADDRESS, RISKY_PORT));
  watch.lap();
  await until(at, 'the alert', async () => alerts.length > 1);
  const finding = await until(at, 'the approval', async () => {
    const found = await findingAt(machine, RISKY_PORT);
    return found?.approvalId ? found : undefined;
  });
  say(`3/8  Noticed and told after ${watch.lap()} (cadence 1s, alert window 1s), once:`);
  say(indent(alerts[1] ?? ''));

  const [{ url: link }] = await machine.linksFor(finding.approvalId ?? '');
  say(`4/8  The signed link: ${link.slice(0, 60)}...`);
  const shown = await fetch(link);
  say(`     GET answers ${shown.status} and changes nothing: ${risky} is still ${await tryPort(ADDRESS, RISKY_PORT)}.`);
  if (!(await at.approve())) {
    say('     Not approved: nothing is changed.');
    return;
  }
  const clicked = await fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'approve' }) });
  watch.lap();
  const closed = await until(at, 'the closure', async () => {
    const now = await findingAt(machine, RISKY_PORT);
    return now?.verifiedAt ? now : undefined;
  });
  say(`5/8  POST answers ${clicked.status}: approved. Closed and proved closed after ${watch.lap()}.`);
  say(
    `     ${risky} is ${await tryPort(ADDRESS, RISKY_PORT)}; its neighbour ${neighbour} is ${await tryPort(ADDRESS, NEIGHBOUR_PORT)}.`,
  );
  const again = await fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'deny' }) });
  say(`6/8  A second click answers ${again.status} with the first decision; it decides nothing.`);

  await requestRollback(machine.base, closed.planId ?? '', 'demo');
  await until(at, 'the rollback', async () => (await tryPort(ADDRESS, RISKY_PORT)) === 'open');
  say(`7/8  rollback ${closed.planId}: ${risky} is ${await tryPort(ADDRESS, RISKY_PORT)} again after ${watch.lap()}.`);
  await until(at, 'the record of the rollback', async () => (await findingAt(machine, RISKY_PORT))?.status === 'open');
  const rows = await machine.base.audit.list({ limit: 50 });
  say('8/8  The record of it:');
  for (const row of rows.toReversed()) say(`     ${row.at}  ${row.actor}: ${row.action}`);
}

async function findingAt(machine: Machine, port: number): Promise<Finding | undefined> {
  return (await machine.base.findings.list()).find((finding) => finding.address === ADDRESS && finding.port === port);
}

async function until<T>(at: Play, what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + STEP_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    at.signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${humanDuration(STEP_MS)}`);
    await sleep(50);
  }
}

function stopwatch(): { lap(): string } {
  let from = performance.now();
  return {
    lap() {
      const now = performance.now();
      const took = humanDuration(now - from);
      from = now;
      return took;
    },
  };
}

function firstLine(text: string | undefined): string {
  return (text ?? '').split('\n')[0] ?? '';
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `     | ${line}`)
    .join('\n');
}
