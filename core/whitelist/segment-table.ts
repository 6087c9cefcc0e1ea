/** Half-open segments of the number line, each with the rules that reach it; segment i runs from starts[i] to starts[i + 1]. */
export interface SegmentTable<N extends number | bigint, R> {
  readonly starts: readonly N[];
  readonly rules: readonly (readonly R[])[];
}

/** Rules keep their order inside every segment. `spanOf` gives [from, end), end excluded. */
export function buildTable<N extends number | bigint, R>(
  rules: readonly R[],
  spanOf: (rule: R) => readonly [from: N, end: N],
): SegmentTable<N, R> {
  const spans = rules.map(spanOf);
  const starts = [...new Set(spans.flat())].sort((a, b) => (a < b ? -1 : 1));
  const index = new Map(starts.map((start, i) => [start, i]));
  const lists: R[][] = starts.map(() => []);
  for (const [r, rule] of rules.entries()) {
    const [from, end] = spans[r] as readonly [N, N];
    for (let i = index.get(from) as number; i < (index.get(end) as number); i += 1) lists[i]?.push(rule);
  }
  return { starts, rules: lists };
}

/** The rules of the segment that holds `value`; undefined before the first one. */
export function findSegment<N extends number | bigint, R>(
  table: SegmentTable<N, R>,
  value: N,
): readonly R[] | undefined {
  let low = 0;
  let high = table.starts.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((table.starts[middle] as N) <= value) low = middle + 1;
    else high = middle - 1;
  }
  return table.rules[high];
}
