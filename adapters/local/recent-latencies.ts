import { type Leg, LEGS, type LegSummary, type Metrics } from '../../core/ports/metrics.ts';

/** Numbers remembered of each leg: enough for a p95 of the last day or so, 8 KB. */
const KEPT = 1_024;

/** Metrics of one machine, in memory: what was measured since the start, quantiles over the last 1,024 of each leg. */
export class RecentLatencies implements Metrics {
  readonly #recent = new Map<Leg, number[]>();
  readonly #totals = new Map<Leg, { count: number; sumMs: number }>();

  latency(leg: Leg, ms: number): void {
    const value = Math.max(0, ms);
    const recent = this.#recent.get(leg) ?? [];
    recent.push(value);
    if (recent.length > KEPT) recent.shift();
    this.#recent.set(leg, recent);
    const { count, sumMs } = this.#totals.get(leg) ?? { count: 0, sumMs: 0 };
    this.#totals.set(leg, { count: count + 1, sumMs: sumMs + value });
  }

  /** In the order of the legs; those that were never measured are absent. */
  summaries(): LegSummary[] {
    return LEGS.flatMap((leg) => {
      const totals = this.#totals.get(leg);
      const sorted = (this.#recent.get(leg) ?? []).toSorted((a, b) => a - b);
      if (totals === undefined) return [];
      return [{ leg, ...totals, p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) }];
    });
  }
}

/** The smallest value that a share `q` of all is not above. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}
