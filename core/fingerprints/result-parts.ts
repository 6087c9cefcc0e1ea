import { RESULT_BYTES } from '../planning/shard-limits.ts';
import type { AddressResult, ShardResult } from './shard-result.ts';

/**
 * The result as messages that each fit the queue: as it is, or its addresses shared out. Each part can be taken by itself, in any order;
 * the shard counts as ended with the first. A result of one address is never cut: the planner keeps it small enough (`fits`).
 */
export function partsOf(result: ShardResult): ShardResult[] {
  if (sizeOf(result) <= RESULT_BYTES) return [result];
  const fixed = sizeOf({ ...result, results: [] });
  const parts: AddressResult[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const one of result.results) {
    const more = sizeOf(one) + COMMA;
    if (bytes + more > RESULT_BYTES) {
      parts.push([]);
      bytes = fixed;
    }
    parts.at(-1)?.push(one);
    bytes += more;
  }
  return parts.map((results) => ({ ...result, results }));
}

const COMMA = 1;

function sizeOf(value: object): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
