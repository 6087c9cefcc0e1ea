/**
 * Legs of the way from a change to the people who must know, in order: the event reached us, what it admits was worked out, the port answered,
 * the alert went out. `total`: from the change to the alert.
 */
export const LEGS = ['received', 'evaluated', 'scanned', 'alerted', 'total'] as const;
export type Leg = (typeof LEGS)[number];

/** How long things take. Never fails and is never waited for: numbers about the work must not stop the work. */
export interface Metrics {
  /** `ms` may be below zero by as much as clocks differ, and by a second: CloudTrail gives whole ones. */
  latency(leg: Leg, ms: number): void;
}

/** What was measured of one leg, milliseconds: all of it, and quantiles of the newest. */
export interface LegSummary {
  readonly leg: Leg;
  readonly count: number;
  readonly sumMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Where nobody measures. */
export const NO_METRICS: Metrics = { latency: () => undefined };
