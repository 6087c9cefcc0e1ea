/** Passes over what is silent, however much is lost. */
export const MOST_PASSES = 8;
/**
 * Of a whole scan, the answers that may be expected to be missing at its end: where packets are lost; and where none was seen to be lost, so that
 * most of what is expected is what the prior says.
 */
const MISSED = 0.01;
const MISSED_UNSEEN = 0.05;
/** Of one host of very many, where the share of each would be next to nothing. */
const LEAST_MISSED = 1e-5;
/** Without so many attempts of its own a host's way is not known, whatever the others say. */
const OWN_ATTEMPTS = 16;
/** Jeffreys' prior for a part that nothing is known of: half a failure, half a success. */
const PRIOR = 0.5;

/** Probes whose target would answer, as is known from another time, and how many of them brought no answer. */
export interface Evidence {
  readonly attempts: number;
  readonly failures: number;
}

/** What is known of the part that is lost: a beta distribution. */
interface Belief {
  readonly failures: number;
  readonly successes: number;
}

/** What a scan was asked for. */
export interface Passes {
  /** For a host of which nothing else is known. */
  readonly asked: number;
  /** Where next to nothing is lost. At most `asked`. */
  readonly enough: number;
  readonly hosts: number;
}

/** The part of probes (0 to 1) that was lost on the way there or back. No attempts: 0. */
export function lossOf({ attempts, failures }: Evidence): number {
  return attempts === 0 ? 0 : failures / attempts;
}

/**
 * What is to be believed of one host's way. `all`: of all hosts, this one included. The others count as if they were its own, as they share most of
 * the way, unless this one loses packets: then they count no more than itself.
 */
function beliefOf(own: Evidence, all: Evidence): Belief {
  const others = { attempts: all.attempts - own.attempts, failures: all.failures - own.failures };
  const weight = own.failures === 0 ? others.attempts : Math.min(others.attempts, own.attempts);
  const failures = PRIOR + own.failures + weight * lossOf(others);
  return { failures, successes: 2 * PRIOR + own.attempts + weight - failures };
}

/**
 * Answers that are expected to be missing after so many passes, when `answered` are here: each was lost each time. The mean over what the
 * loss may be, moments of the beta distribution: E[q^n] = product of (a + i) / (a + b + i), i from 0 to n - 1.
 */
export function missedAfter(answered: number, own: Evidence, all: Evidence, passes: number): number {
  const { failures, successes } = beliefOf(own, all);
  let every = 1;
  for (let i = 0; i < passes; i += 1) every *= (failures + i) / (failures + successes + i);
  return (answered * every) / (1 - every);
}

/** Whether enough of a host's own probes had a known answer that fewer passes than asked can be trusted. */
export function isMeasured(own: Evidence): boolean {
  return own.attempts >= OWN_ATTEMPTS;
}

/**
 * How many passes a host needs so that its share of the answers expected to be missing is small: as many as asked; fewer, down to `enough`, where that is
 * proven; more where packets are lost, never more than `MOST_PASSES`. A host that seems silent may have had one answer.
 */
export function passesFor({ asked, enough, hosts }: Passes, answered: number, own: Evidence, all: Evidence): number {
  const most = all.failures === 0 ? asked : Math.max(asked, MOST_PASSES);
  const mayMiss = Math.max(LEAST_MISSED, (all.failures === 0 ? MISSED_UNSEEN : MISSED) / hosts);
  for (let passes = isMeasured(own) ? enough : asked; passes < most; passes += 1) {
    if (missedAfter(Math.max(1, answered), own, all, passes) <= mayMiss) return passes;
  }
  return most;
}
