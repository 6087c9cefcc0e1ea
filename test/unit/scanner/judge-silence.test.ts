import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WayThere } from '../../../core/scanning/way-there.ts';
import type { Engine, EngineEvent, Observation } from '../../../fargate-scanner/engines/engine.ts';
import { judgeSilence } from '../../../fargate-scanner/engines/silence/judge-silence.ts';
import type { LocalView } from '../../../fargate-scanner/engines/silence/local-view.ts';
import { aJob, runEngine } from '../../support/scanner/run-engine.ts';

const A = '192.0.2.1';
const DONE: EngineEvent = { kind: 'done', complete: true, probes: 1 };
const REACHED: WayThere = { kind: 'reached' };
const ASKING: WayThere = { kind: 'asking' };
const NOBODY: WayThere = { kind: 'nobody' };
const NO_LINK: WayThere = { kind: 'failed', reason: 'ENETDOWN' };

const seen = (state: Observation['state'], reason: string, ports: number[] = [80]): Observation => ({
  address: A,
  ports,
  state,
  reason,
  rttMs: state === 'open' ? 1 : null,
  tries: 1,
});
const SILENT = seen('filtered', 'no-answer');

function anEngine(...observations: Observation[]): Engine {
  return {
    name: 'connect',
    lacks: ['estimate'],
    async *scan(): AsyncGenerator<EngineEvent> {
      for (const one of observations) yield { kind: 'observations', observations: [one] };
      yield DONE;
    },
  };
}

/** Says one thing after the other, the last one for ever. */
function aView(...ways: (WayThere | Error)[]) {
  const asked: boolean[] = [];
  const view = {
    closed: false,
    look(_address: string, wasAsked: boolean): WayThere {
      const way = ways[Math.min(asked.length, ways.length - 1)] ?? REACHED;
      asked.push(wasAsked);
      if (way instanceof Error) throw way;
      return way;
    },
    close: () => void (view.closed = true),
  };
  return { view: view as LocalView & { readonly closed: boolean }, asked };
}

async function judged(engine: Engine, view: LocalView, signal?: AbortSignal) {
  const running = runEngine(
    judgeSilence(engine, () => view),
    aJob({ [A]: '80' }),
    signal,
  );
  await vi.runAllTimersAsync();
  return running;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('looks at what was silent or refused, and at nothing that was answered', async () => {
  const { view, asked } = aView(REACHED);
  const answered = [
    seen('open', 'connected', [1]),
    seen('closed', 'ECONNREFUSED', [2]),
    seen('filtered', 'EHOSTUNREACH', [3]),
  ];
  const failed = seen('unknown', 'event-loop-lag', [4]);
  const doubted = [seen('filtered', 'no-answer', [5]), seen('unknown', 'EHOSTUNREACH', [6])];
  const { states, done } = await judged(anEngine(...answered, failed, ...doubted), view);
  expect(states[A]).toEqual({
    'open (connected)': '1',
    'closed (ECONNREFUSED)': '2',
    'filtered (EHOSTUNREACH)': '3',
    'unknown (event-loop-lag)': '4',
    'filtered (no-answer)': '5',
    'unknown (EHOSTUNREACH)': '6',
  });
  expect([asked, done, view.closed]).toEqual([[false, true], DONE, true]);
});

it('calls silence unknown where this machine had no way, and says why', async () => {
  const refused = seen('unknown', 'ENETUNREACH', [81]);
  const { states } = await judged(anEngine(SILENT, refused), aView(NO_LINK).view);
  expect(states[A]).toEqual({ 'unknown (ENETDOWN)': '80-81' });
});

it('calls an address that nobody has silent, whatever the engine made of it', async () => {
  const { states } = await judged(anEngine(SILENT, seen('unknown', 'EHOSTUNREACH', [81])), aView(NOBODY).view);
  expect(states[A]).toEqual({ 'filtered (no-neighbour)': '80-81' });
});

it('says so of broadcast addresses', async () => {
  const { states } = await judged(anEngine(seen('unknown', 'ENETUNREACH')), aView({ kind: 'broadcast' }).view);
  expect(states[A]).toEqual({ 'filtered (broadcast-address)': '80' });
});

it('waits for the kernel to find out who has the address, at most as long as it asks', async () => {
  expect((await judged(anEngine(SILENT), aView(ASKING, ASKING, REACHED).view)).states[A]).toEqual({
    'filtered (no-answer)': '80',
  });
  expect((await judged(anEngine(SILENT), aView(ASKING, NO_LINK).view)).states[A]).toEqual({
    'unknown (ENETDOWN)': '80',
  });
  const { view, asked } = aView(ASKING);
  view.look = (_address, long) => (asked.push(long), long ? NOBODY : ASKING);
  expect((await judged(anEngine(SILENT), view)).states[A]).toEqual({ 'filtered (no-neighbour)': '80' });
  // Looked at every 100 ms for 3.5 s.
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.length).toBeLessThan(40);
});

it('tells nothing of what it waits for when the scan is stopped', async () => {
  const stopped = new AbortController();
  stopped.abort();
  const { states, done } = await judged(anEngine(SILENT), aView(ASKING).view, stopped.signal);
  expect([states, done]).toEqual([{}, DONE]);
});

it('leaves silence what it is where this machine cannot be looked at', async () => {
  expect((await judged(anEngine(SILENT), aView(new Error('EIO')).view)).states[A]).toEqual({
    'filtered (no-answer)': '80',
  });
});

it('is the same engine for its name and what it lacks', () => {
  expect(judgeSilence(anEngine(), () => aView(REACHED).view)).toMatchObject({ name: 'connect', lacks: ['estimate'] });
});
