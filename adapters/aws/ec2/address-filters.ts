import { type Address, isIPv6, scopeOf } from '../../../core/net/address.ts';

/** The first of the two is documented for the primary address, the second for elastic IPs: both are asked. */
const PUBLIC_IPV4 = ['association.public-ip', 'addresses.association.public-ip'] as const;
const PRIVATE_IPV4 = 'addresses.private-ip-address';
const IPV6 = 'ipv6-addresses.ipv6-address';

/** Filters of DescribeNetworkInterfaces that find an interface by any of its addresses, secondary ones included. */
export const ADDRESS_FILTERS = [...PUBLIC_IPV4, PRIVATE_IPV4, IPV6] as const;

/** Where `address` may stand. A VPC may use public ranges as its own, so that an address of the internet may also be a private one. */
export function addressFilters(address: Address): readonly string[] {
  if (isIPv6(address)) return [IPV6];
  return scopeOf(address) === 'private' ? [PRIVATE_IPV4] : [...PUBLIC_IPV4, PRIVATE_IPV4];
}
