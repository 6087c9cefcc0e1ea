import { AddressSet } from './address-set.ts';

/** Networks that routers of the internet do not carry and that people use inside: RFC 1918, shared space (RFC 6598), ULA (RFC 4193). */
export const PRIVATE_SPACE = AddressSet.fromCidrs([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
]);

/**
 * Addresses that no packet of another network has as its source: this host (RFC 1122), loopback, link-local (RFC 3927, RFC 4291),
 * documentation (RFC 5737, RFC 3849, RFC 9637), benchmarks (RFC 2544), multicast and reserved (RFC 1112).
 */
export const SPECIAL_SPACE = AddressSet.fromCidrs([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.2.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/127',
  '2001:db8::/32',
  '3fff::/20',
  'fe80::/10',
  'ff00::/8',
]);

/** The addresses of a set that may come from the internet: all that are neither private nor special. */
export function publicPart(set: AddressSet): AddressSet {
  return set.subtract(PRIVATE_SPACE).subtract(SPECIAL_SPACE);
}
