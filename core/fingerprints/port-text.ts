import { PortSet } from '../net/port-set.ts';

const LIMIT = 512;
const cache = new Map<string, PortSet>();

/** `PortSet.parse` that remembers: results of one task repeat a few texts thousands of times. Sets are immutable, so sharing is safe. */
export function portsOf(text: string): PortSet {
  if (text === '') return PortSet.EMPTY;
  const known = cache.get(text);
  if (known) return known;
  const parsed = PortSet.parse(text);
  if (cache.size >= LIMIT) cache.clear();
  cache.set(text, parsed);
  return parsed;
}
