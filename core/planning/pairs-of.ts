import { PortSet } from '../net/port-set.ts';
import type { Shard } from './shard.ts';

/** Address x port pairs of a shard. */
export function pairsOf({ ports, addresses, excluded }: Shard): number {
  const all = PortSet.parse(ports);
  return addresses.reduce((sum, address) => sum + all.subtract(PortSet.parse(excluded[address] ?? '')).size, 0);
}
