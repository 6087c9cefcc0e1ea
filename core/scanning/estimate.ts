import * as z from 'zod';

/** What an engine that measures says about its own blindness, in one shard or in all of a run. */
export const Estimate = z.object({
  /** Part of the probes (0 to 1) whose answer was lost. */
  loss: z.number().min(0).max(1),
  /** Open ports that are expected to have been missed by that loss, after all tries. */
  missedOpen: z.number().nonnegative(),
  /** Answers that the scanner's machine received and could not keep. */
  receiveDrops: z.number().int().nonnegative(),
  /** Probes sent: the weight of `loss`. */
  probes: z.number().int().nonnegative(),
});
export type Estimate = z.infer<typeof Estimate>;

/** Estimates, and what was not found out at all, added up in whole numbers: the sum is the same in whatever order, and what was added can be taken away again. */
export interface EstimateSums {
  readonly probes: number;
  /** Thousandths of a probe. */
  readonly lost: number;
  /** Thousandths of an open port. */
  readonly missed: number;
  readonly drops: number;
  /** Ports whose state is not known. */
  readonly unknown: number;
  /** Ports of addresses that nobody has. */
  readonly vacant: number;
}

export const NOTHING_MEASURED: EstimateSums = { probes: 0, lost: 0, missed: 0, drops: 0, unknown: 0, vacant: 0 };

export function sumsOf(estimate: Estimate | null, unknown = 0, vacant = 0): EstimateSums {
  if (estimate === null) return { ...NOTHING_MEASURED, unknown, vacant };
  const { loss, missedOpen, receiveDrops, probes } = estimate;
  return {
    probes,
    lost: Math.round(loss * probes * 1_000),
    missed: Math.round(missedOpen * 1_000),
    drops: receiveDrops,
    unknown,
    vacant,
  };
}

/** `b` times `times` added to `a`. */
export function addSums(a: EstimateSums, b: EstimateSums, times: 1 | -1 = 1): EstimateSums {
  return {
    probes: a.probes + times * b.probes,
    lost: a.lost + times * b.lost,
    missed: a.missed + times * b.missed,
    drops: a.drops + times * b.drops,
    unknown: a.unknown + times * b.unknown,
    vacant: a.vacant + times * b.vacant,
  };
}

/** Loss is weighed by probes, the rest added up; null when nothing was measured. */
export function estimateOf({
  probes,
  lost,
  missed,
  drops,
}: Pick<EstimateSums, 'probes' | 'lost' | 'missed' | 'drops'>): Estimate | null {
  if (probes === 0 && missed === 0 && drops === 0) return null;
  return { loss: probes === 0 ? 0 : lost / 1_000 / probes, missedOpen: missed / 1_000, receiveDrops: drops, probes };
}
