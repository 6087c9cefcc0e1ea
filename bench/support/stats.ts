/** Nearest rank; `part` in [0, 1]. NaN for nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rise of y for each unit of x, by least squares. */
export function slope(points: readonly { x: number; y: number }[]): number {
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const over = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  return over / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
}

export function round(value: number, digits = 3): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** p50, p95 and max in seconds, from milliseconds. */
export function latencies(ms: readonly number[]) {
  const seconds = (value: number): number | null => (Number.isNaN(value) ? null : round(value / 1_000));
  return {
    count: ms.length,
    p50: seconds(quantile(ms, 0.5)),
    p95: seconds(quantile(ms, 0.95)),
    max: seconds(quantile(ms, 1)),
  };
}

export interface Target {
  readonly what: string;
  readonly measured: number | null;
  readonly bound: string;
  readonly pass: boolean;
}

/** A target that a number must not exceed; what was not measured fails. */
export function atMost(what: string, measured: number | null, bound: number, unit: string): Target {
  return { what, measured, bound: `<= ${bound} ${unit}`, pass: measured !== null && measured <= bound };
}

export function atLeast(what: string, measured: number | null, bound: number, unit: string): Target {
  return { what, measured, bound: `>= ${bound} ${unit}`, pass: measured !== null && measured >= bound };
}
