import { RESULT_BYTES } from '../planning/shard-limits.ts';
import { PortSet } from '../net/port-set.ts';
import type { AddressResult, ShardResult } from './shard-result.ts';

/**
 * The result as messages that each fit the queue: as it is, or its addresses shared out. Each part can be taken by itself, in any order, and is to be
 * sent in this one: the shard counts as ended with the last, so that a scanner that ends between two leaves it to another. A result of one address is never cut: the planner keeps it small enough (`fits`).
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
  const last = parts.pop() ?? [];
  const unknownBefore = parts.flat().reduce((sum, { unknown }) => sum + PortSet.parse(unknown).size, 0);
  return [
    ...parts.map((results) => ({ ...result, results, goesOn: true as const })),
    { ...result, results: last, ...(unknownBefore > 0 && { unknownBefore }) },
  ];
}

const COMMA = 1;

function sizeOf(value: object): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
