import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { EngineEvent } from '../../../fargate-scanner/engines/engine.ts';
import { EventQueue } from '../../../fargate-scanner/engines/event-queue.ts';
import { type Part, together } from '../../../fargate-scanner/engines/together.ts';

type Step = EngineEvent | Error;

/** A part that says what the test says, and knows what became of it. */
class FakePart implements Part {
  readonly inbox = new EventQueue<Step>();
  abandoned = false;
  over = false;

  constructor(...steps: Step[]) {
    for (const step of steps) this.inbox.put(step);
  }

  abandon(): void {
    this.abandoned = true;
    this.inbox.put({ kind: 'done', complete: false, probes: 0 });
  }

  async *events(): AsyncGenerator<EngineEvent, void> {
    try {
      for (;;) {
        const step = await this.inbox.next();
        if (step instanceof Error) throw step;
        yield step;
        if (step.kind === 'done') return;
      }
    } finally {
      this.over = true;
    }
  }
}

const open = (address: string, port: number): EngineEvent => ({
  kind: 'observations',
  observations: [{ address, ports: [port], state: 'open', reason: 'syn-ack', rttMs: 1, tries: 1 }],
});
const done = (probes: number, over: Partial<Extract<EngineEvent, { kind: 'done' }>> = {}): EngineEvent => ({
  kind: 'done',
  complete: true,
  probes,
  ...over,
});
async function collected(parts: readonly Part[]): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  for await (const event of together(parts)) events.push(event);
  return events;
}

it('tells what every part tells, and ends with the last of them', async () => {
  const [a, b] = [open('192.0.2.1', 80), open('192.0.2.2', 22)];
  const events = await collected([
    new FakePart(a, done(10, { ignored: 1, estimate: { loss: 0.1, missedOpen: 1, receiveDrops: 2 } })),
    new FakePart(b, a, done(30, { estimate: { loss: 0.5, missedOpen: 0.5, receiveDrops: 1 } })),
  ]);
  expect(events.filter(({ kind }) => kind === 'observations')).toEqual([a, b, a]);
  expect(events.at(-1)).toEqual({
    kind: 'done',
    complete: true,
    probes: 40,
    ignored: 1,
    estimate: { loss: (0.1 * 10 + 0.5 * 30) / 40, missedOpen: 1.5, receiveDrops: 3 },
  });
});

it('is not complete when one part is not, and an estimate is of the parts that measured', async () => {
  const events = await collected([
    new FakePart(done(10, { complete: false })),
    new FakePart(done(20, { estimate: { loss: 0.25, missedOpen: 0, receiveDrops: 0 } })),
  ]);
  expect(events).toEqual([
    {
      kind: 'done',
      complete: false,
      probes: 30,
      ignored: 0,
      estimate: { loss: 0.25, missedOpen: 0, receiveDrops: 0 },
    },
  ]);
  const none = await collected([new FakePart(done(0)), new FakePart(done(0))]);
  expect(none).toEqual([{ kind: 'done', complete: true, probes: 0, ignored: 0 }]);
});

it('sums progress and pace; a part that has ended is done and sends nothing', async () => {
  const [first, second] = [new FakePart(), new FakePart()];
  const events = together([first, second]);
  const next = async (part: FakePart, event: EngineEvent): Promise<unknown> => {
    part.inbox.put(event);
    return (await events.next()).value;
  };
  const progress = (by: number, total: number, rate: number): EngineEvent => ({
    kind: 'progress',
    done: by,
    total,
    rate,
  });
  expect(await next(first, progress(10, 100, 5))).toEqual(progress(10, 100, 5));
  expect(await next(second, progress(20, 200, 7))).toEqual(progress(30, 300, 12));
  expect(await next(first, { kind: 'loss', reason: 'ENOBUFS', pace: 40 })).toMatchObject({ pace: 40 });
  expect(await next(second, { kind: 'loss', reason: 'ENOBUFS', pace: 20 })).toMatchObject({ pace: 60 });
  first.inbox.put(done(90));
  const told = events.next();
  await setImmediate();
  second.inbox.put(progress(50, 200, 9));
  expect((await told).value).toEqual(progress(150, 300, 9));
  expect(await next(second, done(200))).toMatchObject({ kind: 'done', probes: 290 });
  expect(await events.next()).toEqual({ value: undefined, done: true });
});

it('who reads no further ends all parts, also one that waits', async () => {
  const parts = [new FakePart(open('192.0.2.1', 80)), new FakePart()];
  for await (const event of together(parts)) {
    expect(event.kind).toBe('observations');
    break;
  }
  expect(parts.map(({ abandoned, over }) => [abandoned, over])).toEqual([
    [true, true],
    [true, true],
  ]);
});

it('a part that cannot begin ends the others and is told', async () => {
  const parts = [new FakePart(), new FakePart(new Error('no thread'))];
  await expect(collected(parts)).rejects.toThrow('no thread');
  expect(parts.map(({ over }) => over)).toEqual([true, true]);
});

it('a part that always has something to say keeps no other waiting', async () => {
  const busy = new FakePart(...Array.from({ length: 50 }, (_, n) => open('192.0.2.1', n + 1)), done(50));
  const quiet = new FakePart(open('192.0.2.2', 22), done(1));
  const order = (await collected([busy, quiet])).flatMap((event) =>
    event.kind === 'observations' ? event.observations.map(({ address }) => address) : [],
  );
  expect(order.indexOf('192.0.2.2')).toBeLessThan(5);
  expect(order.length).toBe(51);
});
