import { type Address, isIPv6 } from './address.ts';
import { addressOf, numberOf } from './address-number.ts';

const HOST_BITS_V6 = 64n;

/** The /24 of an IPv4 address or the /64 of an IPv6 address: `192.0.2.0/24`, `2001:db8::/64`. What lies in one mostly shares its way. */
export function networkOf(address: Address): string {
  if (!isIPv6(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  const { value } = numberOf(address);
  return `${addressOf('v6', (value >> HOST_BITS_V6) << HOST_BITS_V6)}/64`;
}
