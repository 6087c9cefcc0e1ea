import { networkInterfaces } from 'node:os';
import type { Address } from '../../core/net/address.ts';

/** Addresses of this machine now, canonical: those of all its interfaces, loopback included. */
export function ownAddresses(): Set<Address> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []));
}
