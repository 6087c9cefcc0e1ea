/** Passes over what is silent, however much is lost. */
export const MOST_PASSES = 8;
/** Of one host, the answers that may be expected to be missing when its scan ends. */
const MISSED = 0.01;
/** With fewer samples the host's own loss says little. */
const SAMPLES = 10;

/** Probes whose fate is known. */
export interface LossCounts {
  /** Pairs that were heard. */
  readonly answered: number;
  /** Probes to those pairs that were not, before the one that was. */
  readonly failed: number;
  /** Probes to pairs known to answer, and how many of them were not answered. */
  readonly canaries: number;
  readonly lost: number;
}

/** The part of probes (0 to 1) that was lost on the way there or back: failures by attempts (geometric maximum likelihood). No samples: 0. */
export function lossOf({ answered, failed, canaries, lost }: LossCounts): number {
  const attempts = answered + failed + canaries;
  return attempts === 0 ? 0 : (failed + lost) / attempts;
}

/** Answers that are expected to be missing after so many passes: each was lost each time. */
export function missedAfter(answered: number, loss: number, passes: number): number {
  const every = loss ** passes;
  return every >= 1 ? Infinity : (answered * every) / (1 - every);
}

/** How many passes a host needs: as many as asked, more when loss would leave answers unheard, never more than `MOST_PASSES`. */
export function passesFor(asked: number, own: LossCounts, all: LossCounts): number {
  const loss = lossOf(own.answered + own.failed + own.canaries >= SAMPLES ? own : all);
  const most = Math.max(asked, MOST_PASSES);
  for (let passes = asked; passes < most; passes += 1) {
    if (missedAfter(own.answered, loss, passes) <= MISSED) return passes;
  }
  return most;
}
