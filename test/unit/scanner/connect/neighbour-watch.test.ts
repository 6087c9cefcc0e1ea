import { expect, it } from 'vitest';
import type { EngineEvent } from '../../../../fargate-scanner/engines/engine.ts';
import { clock } from '../../../../fargate-scanner/engines/clock.ts';
import type { MakeDialer } from '../../../../fargate-scanner/engines/connect/dialer.ts';
import { NeighbourWatch, timesFullIn } from '../../../../fargate-scanner/engines/connect/neighbour-watch.ts';
import { Sweep } from '../../../../fargate-scanner/engines/connect/sweep.ts';

const [NEAR, FAR] = ['192.0.2.3', '198.51.100.3'];
/** On a busy machine the test itself may be too late to take silence for silence. */
const ASKED = /^(?:filtered \(no-answer\)|unknown \(event-loop-lag\))$/;
const silent: MakeDialer = () => ({
  name: 'silent',
  dial: () => null,
  abandon: () => undefined,
  close: () => undefined,
});

/** What a sweep of two silent ports of each address says, where the table is as full as `timesFull` counts. */
async function sweep(timesFull: () => number): Promise<{ states: Record<string, string>; loss: number }> {
  const events: EngineEvent[] = [];
  await new Promise<void>((resolve) => {
    const parts = [NEAR, FAR].map((address, target) => ({
      address,
      target,
      ranges: [[80, 81]] as const,
      bucket: null,
      own: false,
      part: 0,
      of: 1,
    }));
    void new Sweep({
      job: { tries: 1, timeoutMs: 600, rate: 1_000, seed: 1 },
      parts,
      window: 100,
      startRate: 0,
      sweeps: 1,
      cap: null,
      shared: null,
      makeDialer: silent,
      neighbours: { timesFull, onLink: (addresses) => addresses.map((address) => address === NEAR) },
      emit(event) {
        events.push(event);
        if (event.kind === 'done') resolve();
      },
    });
  });
  const states: Record<string, string> = {};
  for (const event of events) {
    if (event.kind !== 'observations') continue;
    for (const { address, state, reason } of event.observations) states[address] = `${state} (${reason})`;
  }
  return { states, loss: events.filter((event) => event.kind === 'loss' && event.reason === 'neighbours-full').length };
}

it('the silence of a neighbour says nothing while the kernel has no room for neighbours; that of others does', async () => {
  let times = 0;
  const { states, loss } = await sweep(() => (times += 1));
  expect(states).toEqual({ [NEAR]: 'unknown (neighbours-full)', [FAR]: expect.stringMatching(ASKED) });
  expect(loss).toBeGreaterThan(0);
});

it('a port whose packets were dropped once is asked again', async () => {
  const started = clock();
  const { states } = await sweep(() => (clock() - started > 90 ? 1 : 0));
  expect(states).toEqual({ [NEAR]: expect.stringMatching(ASKED), [FAR]: expect.stringMatching(ASKED) });
});

it('what happened before the sweep, or to others than its targets, is none of its business', async () => {
  const { states, loss } = await sweep(() => 7);
  expect([states[NEAR], loss]).toEqual([expect.stringMatching(ASKED), 0]);
  const facts = { timesFull: () => Math.random(), onLink: () => [false] };
  const watch = new NeighbourWatch([FAR], 0, facts);
  expect([watch.tick(1_000), watch.voids(0, 0)]).toEqual([false, false]);
});

it('only probes that left before it was noticed are void', () => {
  let times = 0;
  const watch = new NeighbourWatch([NEAR], 0, { timesFull: () => times, onLink: () => [true] });
  times = 1;
  expect([watch.tick(50), watch.tick(100)]).toEqual([false, true]);
  expect([watch.voids(0, 100), watch.voids(0, 101)]).toEqual([true, false]);
  expect(watch.tick(200)).toBe(false);
});

it('what could not be looked at for a moment, as without a free file descriptor, is noticed at the next look', () => {
  let [times, broken] = [0, ''];
  const look = <T>(name: string, result: T): T => {
    if (broken === name) throw new Error('EMFILE');
    return result;
  };
  const facts = { timesFull: () => look('counter', times), onLink: () => look('links', [true]) };
  const watch = new NeighbourWatch([NEAR], 0, facts);
  [times, broken] = [1, 'counter'];
  expect(watch.tick(100)).toBe(false);
  broken = 'links';
  expect(watch.tick(200)).toBe(false);
  broken = '';
  expect([watch.tick(300), watch.voids(0, 250)]).toEqual([true, true]);
  broken = 'counter';
  const late = new NeighbourWatch([NEAR], 0, facts);
  [times, broken] = [2, ''];
  expect(late.tick(100)).toBe(false);
});

it('the kernel counts in hexadecimal, for each processor', () => {
  const text = 'entries  allocs   table_fulls\n00000009 000025c6 000017ef\n00000009 00003d85 00002c9e\n';
  expect(timesFullIn(text)).toBe(0x17ef + 0x2c9e);
  expect([timesFullIn(''), timesFullIn('entries  allocs\n00000009 000025c6\n')]).toEqual([0, 0]);
});
