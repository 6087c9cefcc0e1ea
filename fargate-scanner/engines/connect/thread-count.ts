/** Probes a second that one event loop does beside its other work. Measured: it can do 90,000 (silent) to 240,000 (closed) and then is busy. */
const RATE_OF_ONE = 40_000;
/** Probes each thread must have to be worth its start, which costs as much CPU time as 20,000 probes do (75 ms, most of it compiling). */
const WORTH_A_THREAD = 50_000;

/**
 * Threads for a job; 1: none, it is done in the thread that asks. As many as cores are free (a fraction of one is none), and no more than its rate
 * and its probes are worth.
 */
export function threadCount(options: {
  readonly cores: () => number;
  readonly free: number;
  readonly rate: number;
  readonly probes: number;
}): number {
  const { cores, free, rate, probes } = options;
  const worth = Math.min(free, Math.ceil(rate / RATE_OF_ONE), Math.floor(probes / WORTH_A_THREAD));
  return worth < 2 ? 1 : Math.max(1, Math.min(Math.floor(cores()), worth));
}
