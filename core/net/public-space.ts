import { AddressSet } from './address-set.ts';

/** Networks that people use inside and that the internet does not carry: RFC 1918, shared space (RFC 6598), ULA (RFC 4193). */
export const PRIVATE_SPACE = AddressSet.fromCidrs([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]);

/**
 * No packet from the internet has these as its source, and nobody uses them inside: this host (RFC 791), loopback, link-local, IETF
 * assignments (RFC 6890), documentation (RFC 5737, 3849, 9637), 6to4 relays (RFC 7526), benchmarks (RFC 2544, 5180), ORCHID (RFC 4843),
 * multicast and reserved (RFC 5771, 1112).
 */
const SPECIAL_SPACE = AddressSet.fromCidrs([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '2001:2::/48',
  '2001:10::/28',
  '2001:db8::/32',
  '3fff::/20',
]);

/** Addresses that a packet from the internet can come from; of IPv6 what IANA gives out as global unicast (RFC 4291 2.4). */
const PUBLIC_SPACE = AddressSet.fromCidrs(['0.0.0.0/0', '2000::/3']).subtract(PRIVATE_SPACE).subtract(SPECIAL_SPACE);

/** The addresses of a set that may come from the internet. */
export function publicPart(set: AddressSet): AddressSet {
  return set.intersect(PUBLIC_SPACE);
}

/** The widest prefix that still names somebody's network: 8.0.0.0/5 and 10.0.0.0/7 are mistakes for 10.0.0.0/8, a sixteenth of all is none. */
const NAMES_FROM_PREFIX = 5;

/** Is this public network so wide that the private networks in it were not meant: 0.0.0.0/0, its halves, ::/0? @throws BadInput */
export function namesNobody(cidr: string): boolean {
  const [, prefix] = cidr.split('/');
  return prefix !== undefined && Number(prefix) < NAMES_FROM_PREFIX && !publicPart(AddressSet.parse(cidr)).isEmpty;
}
