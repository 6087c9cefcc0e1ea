import type { NextHop, Ways } from './ways.ts';

/** How long a neighbour may take to answer who it is (ms): Linux asks three times, a second apart. */
const NEIGHBOUR_MS = 3_500;
/**
 * Neighbours asked for at once, and begun within a while (ms). The kernel keeps 1,024 by default (gc_thresh3) and refuses to ask for more until some are
 * 5 s old or have failed; other scans ask too.
 */
const MOST_AT_ONCE = 128;
const [MOST_IN_A_WHILE, WHILE_MS] = [512, 6_000] as const;
/** Most answer within so long; for the others the table is read only so often (ms). */
const READ_MS = 20;
/** When the kernel has no room none is asked for in so long (ms), and one for which it had none so often is given up. */
const [PAUSE_MS, MOST_PAUSES] = [1_000, 20] as const;

interface Question {
  readonly askedAt: number;
  readAt: number;
}

/** Neighbours that the kernel was made to ask for, and those it asked for in vain. */
export class Neighbours {
  readonly #ways: Ways;
  readonly #known: (hop: NextHop) => void;
  readonly #questions = new Map<NextHop, Question>();
  readonly #failed = new Set<NextHop>();
  /** When the last questions were begun (ms), oldest first. */
  #begun: number[] = [];
  #pausedUntil = 0;
  readonly #pauses = new Map<NextHop, number>();

  /** `known`: called for a neighbour when its address is there. */
  constructor(ways: Ways, known: (hop: NextHop) => void) {
    this.#ways = ways;
    this.#known = known;
  }

  /** Whether a packet for `hop`, whose address is not known, may leave: the first one goes by the kernel, which then asks. */
  state(hop: NextHop, now: number): 'send' | 'wait' | 'failed' {
    if (this.#failed.has(hop)) return 'failed';
    if (hop.asked) return 'wait';
    if (this.#questions.has(hop)) return 'send';
    if (!this.#mayAsk(now)) return 'wait';
    if (this.#ways.resolve(hop) === 'known') this.#known(hop);
    else {
      this.#questions.set(hop, { askedAt: now, readAt: now });
      this.#begun.push(now);
    }
    return 'send';
  }

  #mayAsk(now: number): boolean {
    if (this.#questions.size >= MOST_AT_ONCE || now < this.#pausedUntil) return false;
    if (this.#begun.length < MOST_IN_A_WHILE) return true;
    this.#begun = this.#begun.filter((at) => now - at < WHILE_MS);
    return this.#begun.length < MOST_IN_A_WHILE;
  }

  /** The kernel did not take the packet that was to make it ask. False: it did so too often. */
  postpone(hop: NextHop, now: number): boolean {
    const pauses = (this.#pauses.get(hop) ?? 0) + 1;
    this.#pauses.set(hop, pauses);
    this.#questions.delete(hop);
    this.#pausedUntil = now + PAUSE_MS;
    hop.asked = false;
    return pauses <= MOST_PAUSES;
  }

  /** Reads whether neighbours have said who they are. */
  read(now: number): void {
    for (const [hop, question] of this.#questions) {
      if (now - question.askedAt > READ_MS && now - question.readAt < READ_MS) continue;
      question.readAt = now;
      const found = this.#ways.resolve(hop);
      if (found === 'unknown' && now - question.askedAt < NEIGHBOUR_MS) continue;
      this.#questions.delete(hop);
      if (found === 'known') this.#known(hop);
      else this.#failed.add(hop);
    }
  }
}
