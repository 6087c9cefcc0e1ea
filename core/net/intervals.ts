/** Inclusive interval of numbers. */
export type Interval = readonly [from: bigint, to: bigint];

/** Sorted, disjoint, non-adjacent intervals: the one way to write a set of numbers. */
export type Intervals = readonly Interval[];

/** The normal form of any intervals. */
export function normalise(intervals: Iterable<Interval>): Intervals {
  const out: [bigint, bigint][] = [];
  for (const [from, to] of [...intervals].sort((a, b) => (a[0] < b[0] ? -1 : Number(a[0] > b[0])))) {
    const last = out.at(-1);
    if (last && from <= last[1] + 1n) {
      if (to > last[1]) last[1] = to;
    } else {
      out.push([from, to]);
    }
  }
  return out;
}

export function subtractIntervals(left: Intervals, right: Intervals): Intervals {
  const out: Interval[] = [];
  let j = 0;
  for (const [from, to] of left) {
    let start = from;
    while (j < right.length && (right[j] as Interval)[1] < start) j += 1;
    for (let k = j; k < right.length && (right[k] as Interval)[0] <= to; k += 1) {
      const [cutFrom, cutTo] = right[k] as Interval;
      if (cutFrom > start) out.push([start, cutFrom - 1n]);
      if (cutTo + 1n > start) start = cutTo + 1n;
    }
    if (start <= to) out.push([start, to]);
  }
  return out;
}

export function intersectIntervals(left: Intervals, right: Intervals): Intervals {
  const out: Interval[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length && j < right.length) {
    const a = left[i] as Interval;
    const b = right[j] as Interval;
    const from = a[0] > b[0] ? a[0] : b[0];
    const to = a[1] < b[1] ? a[1] : b[1];
    if (from <= to) out.push([from, to]);
    if (a[1] < b[1]) i += 1;
    else j += 1;
  }
  return out;
}

export function contains(intervals: Intervals, value: bigint): boolean {
  let low = 0;
  let high = intervals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = intervals[middle] as Interval;
    if (value < from) high = middle - 1;
    else if (value > to) low = middle + 1;
    else return true;
  }
  return false;
}

export function countOf(intervals: Intervals): bigint {
  return intervals.reduce((sum, [from, to]) => sum + to - from + 1n, 0n);
}

/** The fewest aligned blocks of 2^n numbers that make up the intervals, ascending; `width` bits in all. */
export function* blocksOf(intervals: Intervals, width: number): Generator<{ from: bigint; prefix: number }> {
  for (const [first, to] of intervals) {
    let from = first;
    while (from <= to) {
      let bits = 0;
      while (bits < width && ((from >> BigInt(bits)) & 1n) === 0n && from + (1n << BigInt(bits + 1)) - 1n <= to)
        bits += 1;
      yield { from, prefix: width - bits };
      from += 1n << BigInt(bits);
    }
  }
}
