import type { CloudNetwork, NetworkInterface } from '../cloud/network.ts';
import { outsideAddressesOf } from '../events/affected.ts';
import type { Address } from '../net/address.ts';
import { type Admitted, canonicalPairs, hashOfPairs } from './admitted.ts';
import { type AdmittedPair, admittedPairs } from './effective/admitted.ts';

/** What a network says of one address now, before it is compared with what is stored. */
export type AdmittedNow = Omit<Admitted, 'gain' | 'version'>;

/** What is let in at each of `addresses` that is on an interface of the network. */
export function admittedNow(network: CloudNetwork, addresses: ReadonlySet<Address>): Map<Address, AdmittedNow> {
  const at = new Map<Address, NetworkInterface>();
  for (const eni of network.interfaces) {
    for (const address of outsideAddressesOf(eni)) if (addresses.has(address)) at.set(address, eni);
  }
  if (at.size === 0) return new Map();
  const pairs = Map.groupBy(admittedPairs(network), ({ address }) => address);
  return new Map([...at].map(([address, eni]) => [address, recordOf(network, eni, address, pairs.get(address) ?? [])]));
}

function recordOf(
  { account, region, readAt }: CloudNetwork,
  eni: NetworkInterface,
  address: Address,
  found: readonly AdmittedPair[],
): AdmittedNow {
  const pairs = canonicalPairs(found);
  const groupIds = eni.groupIds.toSorted();
  return { address, account, region, interfaceId: eni.id, groupIds, pairs, hash: hashOfPairs(pairs), at: readAt };
}
