import type { Address } from '../../core/net/address.ts';
import type { Engine, EngineEvent, ScanJob } from './engine.ts';
import { budgetOf } from './job-budget.ts';
import { type Part, together } from './together.ts';

/** Which engine looks at what. */
export interface Apart {
  /** Of this machine's own addresses. */
  readonly own: Engine;
  readonly others: Engine;
  readonly isOwn: (address: Address) => boolean;
}

/** One engine for this machine's own addresses and one for all others, side by side in each job, which both keep to its rate. Named for both. */
export function ownApart({ own, others, isOwn }: Apart): Engine {
  return {
    name: `${others.name}+${own.name}`,
    async *scan(job, signal) {
      const budget = budgetOf(job);
      const ofOwn = job.targets.filter(({ address }) => isOwn(address));
      const ofOthers = job.targets.filter(({ address }) => !isOwn(address));
      yield* together([
        new EnginePart(others, { ...job, targets: ofOthers, shared: budget }, signal),
        new EnginePart(own, { ...job, targets: ofOwn, shared: budget }, signal),
      ]);
    },
  };
}

class EnginePart implements Part {
  readonly #events: () => AsyncIterable<EngineEvent>;
  readonly #abandoned = new AbortController();

  constructor(engine: Engine, job: ScanJob, signal: AbortSignal) {
    this.#events = () => engine.scan(job, AbortSignal.any([signal, this.#abandoned.signal]));
  }

  async *events(): AsyncGenerator<EngineEvent, void> {
    yield* this.#events();
  }

  abandon(): void {
    this.#abandoned.abort();
  }
}
