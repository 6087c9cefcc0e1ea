import type { EngineEvent, ScanEstimate } from './engine.ts';

/** Of a scan what is needed to do it beside others. */
export interface Part {
  events(): AsyncGenerator<EngineEvent, void>;
  /** Ends at once: whoever waits for an event gets one. */
  abandon(): void;
}

type Done = Extract<EngineEvent, { kind: 'done' }>;
type Progress = Extract<EngineEvent, { kind: 'progress' }>;

/**
 * One stream of events of the parts of a job: numbers of it are those of all parts, and `done` comes when the last has ended. Who reads it no
 * further ends all of them.
 */
export async function* together(parts: readonly Part[]): AsyncGenerator<EngineEvent, void> {
  const streams = parts.map((part) => part.events());
  const next = async (part: number): Promise<{ part: number; event: EngineEvent | null }> => {
    const result = await streams[part]?.next();
    return { part, event: result === undefined || result.done === true ? null : result.value };
  };
  const waiting = new Map(parts.map((_, part) => [part, next(part)]));
  const numbers = new Numbers();
  try {
    while (waiting.size > 0) {
      const { part, event } = await Promise.race(waiting.values());
      // To the end of the row: a part that always has something to say keeps no other waiting.
      waiting.delete(part);
      if (event === null) continue;
      const told = numbers.of(part, event);
      if (told !== null) yield told;
      waiting.set(part, next(part));
    }
    yield numbers.done();
  } finally {
    if (waiting.size > 0) for (const part of parts) part.abandon();
    await Promise.allSettled([...waiting.values(), ...streams.map((stream) => stream.return())]);
  }
}

/** What the parts said last. */
class Numbers {
  readonly #progress = new Map<number, Progress>();
  readonly #paces = new Map<number, number>();
  readonly #ends: Done[] = [];

  /** What is to be told of the event; null: nothing yet. */
  of(part: number, event: EngineEvent): EngineEvent | null {
    if (event.kind === 'progress') {
      this.#progress.set(part, event);
      return this.#sum();
    }
    if (event.kind === 'loss') {
      this.#paces.set(part, event.pace);
      return { ...event, pace: [...this.#paces.values()].reduce((sum, pace) => sum + pace, 0) };
    }
    if (event.kind !== 'done') return event;
    this.#ends.push(event);
    const last = this.#progress.get(part);
    if (last !== undefined) this.#progress.set(part, { ...last, done: last.total, rate: 0 });
    return null;
  }

  #sum(): Progress {
    const all = { kind: 'progress', done: 0, total: 0, rate: 0 } as const;
    return [...this.#progress.values()].reduce(
      (sum, { done, total, rate }) => ({
        ...sum,
        done: sum.done + done,
        total: sum.total + total,
        rate: sum.rate + rate,
      }),
      all,
    );
  }

  done(): Done {
    const sum = (of: (end: Done) => number): number => this.#ends.reduce((all, end) => all + of(end), 0);
    return {
      kind: 'done',
      complete: this.#ends.every(({ complete }) => complete),
      probes: sum(({ probes }) => probes),
      ignored: sum(({ ignored }) => ignored ?? 0),
      ...this.#estimate(),
    };
  }

  /** Loss is weighed by probes, the rest added up. */
  #estimate(): { readonly estimate?: ScanEstimate } {
    const all = { probes: 0, lost: 0, missedOpen: 0, receiveDrops: 0 };
    let measured = false;
    for (const { estimate, probes } of this.#ends) {
      if (estimate === undefined) continue;
      measured = true;
      all.probes += probes;
      all.lost += estimate.loss * probes;
      all.missedOpen += estimate.missedOpen;
      all.receiveDrops += estimate.receiveDrops;
    }
    if (!measured) return {};
    const { probes, lost, missedOpen, receiveDrops } = all;
    return { estimate: { loss: probes === 0 ? 0 : lost / probes, missedOpen, receiveDrops } };
  }
}
