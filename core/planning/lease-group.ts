import { hashOf } from '../identity.ts';
import type { Address } from '../net/address.ts';

/** Groups of addresses. Leases of a group are one item of the table (`adapters/aws/dynamo/address-leases.ts`): a shard within one group costs one write. */
export const LEASE_GROUPS = 8;

/** 0 to 7. Stored keys depend on it: it must never change. */
export function leaseGroupOf(address: Address): number {
  return Number.parseInt(hashOf(address).slice(0, 8), 16) % LEASE_GROUPS;
}
