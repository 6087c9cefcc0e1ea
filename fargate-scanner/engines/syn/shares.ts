import type { ScanJob, ScanTarget } from '../engine.ts';

/** Probes a second that one thread does with ease: measured 650,000 (closed) to 2,000,000 (silent). */
const RATE_OF_ONE = 400_000;
/** Probes a thread must have to be worth its start, which costs as much CPU time as 100,000 probes do (75 ms, most of it compiling). */
const WORTH_A_THREAD = 500_000;
/** With more addresses than this the tables fill the memory, and a thread takes some 20 MB more. */
const MOST_ADDRESSES = 8_192;

/**
 * Threads that a job is worth: as many as `cores` (a fraction of one is none), no more than there are addresses, and than its rate and its probes
 * keep busy.
 */
export function threadsFor({ targets, tries, rate }: ScanJob, cores: () => number): number {
  if (targets.length > MOST_ADDRESSES) return 1;
  let [probes, allowed] = [0, 0];
  for (const target of targets) {
    probes += target.ports.size * tries;
    allowed += target.rate ?? Infinity;
  }
  const worth = Math.min(
    targets.length,
    Math.floor(Math.min(rate, allowed) / RATE_OF_ONE),
    Math.floor(probes / WORTH_A_THREAD),
  );
  return worth < 2 ? 1 : Math.max(1, Math.min(Math.floor(cores()), worth));
}

/**
 * The targets in at most `count` shares of about as many probes each. An address is in one of them only: its loss, its order and its rate are
 * known in one place.
 */
export function sharesOf(targets: readonly ScanTarget[], count: number): (readonly ScanTarget[])[] {
  if (count === 1) return [targets];
  const shares = Array.from({ length: Math.min(count, targets.length) }, () => ({
    targets: [] as ScanTarget[],
    ports: 0,
  }));
  for (const target of targets) {
    const least = shares.reduce((a, b) => (b.ports < a.ports ? b : a));
    least.targets.push(target);
    least.ports += target.ports.size;
  }
  return shares.map((share) => share.targets);
}
