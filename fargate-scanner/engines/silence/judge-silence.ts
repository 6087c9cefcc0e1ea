import type { Address } from '../../../core/net/address.ts';
import { BROADCAST, NO_NEIGHBOUR, outcomeOf, TIMED_OUT } from '../../../core/scanning/outcomes.ts';
import type { WayThere } from '../../../core/scanning/way-there.ts';
import { clock } from '../clock.ts';
import type { Engine, EngineEvent, Observation } from '../engine.ts';
import type { LocalView } from './local-view.ts';

/** Linux asks three times, a second apart, who has an address (ms). */
const ASKED_MS = 3_500;
/** Between two looks at what is still being asked for (ms). */
const LOOK_MS = 100;

/**
 * The same engine, but silence that this machine itself explains is not taken for that of a port: it is `unknown`, with the reason. Where nobody on this machine's
 * own link has the address, that is why it is silent: `filtered` (`no-neighbour`), whether the engine heard nothing or was told that there is no way;
 * likewise broadcast addresses of such links (`broadcast-address`). A look sends nothing; what is still being asked for is held for up to 3.5 seconds.
 */
export function judgeSilence(engine: Engine, open: () => LocalView): Engine {
  return {
    ...engine,
    async *scan(job, signal) {
      const view = open();
      const judge = new Judge(view);
      try {
        for await (const event of engine.scan(job, signal)) {
          if (event.kind === 'observations') judge.hear(event.observations);
          while (event.kind === 'done' && judge.isWaiting && !signal.aborted) {
            yield* judge.take();
            await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
            judge.lookAgain();
          }
          judge.lookAgain();
          yield* judge.take();
          if (event.kind !== 'observations') yield event;
        }
      } finally {
        view.close();
      }
    },
  };
}

/** Of an address that is being asked for. */
interface Held {
  readonly since: number;
  readonly observations: Observation[];
}

class Judge {
  readonly #view: LocalView;
  readonly #held = new Map<Address, Held>();
  #judged: Observation[] = [];
  #lookedAt = 0;

  constructor(view: LocalView) {
    this.#view = view;
  }

  get isWaiting(): boolean {
    return this.#held.size > 0;
  }

  hear(observations: readonly Observation[]): void {
    const now = clock();
    for (const seen of observations) {
      const { address, state } = seen;
      if (!isInDoubt(seen)) this.#judged.push(seen);
      else this.#judge(seen, this.#wayTo(address, state === 'unknown', now), now);
    }
  }

  lookAgain(): void {
    const now = clock();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const waiting = [...this.#held];
    this.#held.clear();
    for (const [address, { since, observations }] of waiting) {
      const way = this.#wayTo(address, now - since >= ASKED_MS, now);
      for (const seen of observations) this.#judge(seen, way, since);
    }
  }

  /** `since`: when it was found that the address is being asked for. */
  #judge(seen: Observation, way: WayThere, since: number): void {
    if (way.kind === 'broadcast') this.#judged.push({ ...seen, state: 'filtered', reason: BROADCAST });
    else if (way.kind === 'nobody') this.#judged.push({ ...seen, state: 'filtered', reason: NO_NEIGHBOUR });
    else if (way.kind === 'asking') {
      const held = this.#held.get(seen.address) ?? { since, observations: [] };
      held.observations.push(seen);
      this.#held.set(seen.address, held);
    } else if (way.kind === 'failed') this.#judged.push({ ...seen, state: 'unknown', reason: way.reason });
    else this.#judged.push(seen);
  }

  /** What cannot be looked at explains nothing. */
  #wayTo(address: Address, asked: boolean, now: number): WayThere {
    try {
      return this.#view.look(address, asked, now);
    } catch {
      return { kind: 'reached' };
    }
  }

  /** What is known by now. */
  *take(): Generator<EngineEvent> {
    if (this.#judged.length === 0) return;
    const observations = this.#judged;
    this.#judged = [];
    yield { kind: 'observations', observations };
  }
}

/** Whether what was seen may be this machine's own doing: nothing was heard, or somebody said that there is no way. */
function isInDoubt({ state, reason }: Observation): boolean {
  return state === 'filtered' ? reason === TIMED_OUT : state === 'unknown' && outcomeOf(reason) === 'unreachable';
}
