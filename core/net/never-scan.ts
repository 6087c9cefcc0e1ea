import { type Address, toAddress } from './address.ts';
import { AddressSet } from './address-set.ts';

const LOOPBACK = AddressSet.fromCidrs(['127.0.0.0/8', '::1']);

/** Ranges of research/anchors-scanners.md 6.5, each with the document that says what it is. The first that matches gives the reason. */
const NEVER: readonly (readonly [AddressSet, reason: string])[] = [
  [LOOPBACK, 'it is a loopback address, the scanner itself (RFC 1122 3.2.1.3, RFC 4291 2.5.3)'],
  [
    AddressSet.fromCidrs(['0.0.0.0/8', '::']),
    'it means "this host" and is no destination (RFC 1122 3.2.1.3, RFC 4291 2.5.2)',
  ],
  [
    AddressSet.fromCidrs(['169.254.169.254', '169.254.170.2', 'fd00:ec2::254']),
    'it is a cloud metadata service, which hands out credentials (AWS EC2 and ECS documentation)',
  ],
  [
    AddressSet.fromCidrs(['169.254.169.253', '169.254.169.123', 'fd00:ec2::253', 'fd00:ec2::123']),
    'it is the DNS resolver or the time server of AWS (AWS whitepaper "IPv6 on AWS")',
  ],
  [AddressSet.fromCidrs(['169.254.0.0/16', 'fe80::/10']), 'it is a link-local address (RFC 3927, RFC 4291 2.5.6)'],
  [AddressSet.fromCidrs(['224.0.0.0/4', 'ff00::/8']), 'it is a multicast address (RFC 5771, RFC 4291 2.7)'],
  [AddressSet.parse('255.255.255.255'), 'it is the broadcast address (RFC 919)'],
  [AddressSet.parse('240.0.0.0/4'), 'it is reserved (RFC 1112 4)'],
];

const EVERYTHING = NEVER.reduce((all, [set]) => all.union(set), AddressSet.EMPTY);

/**
 * Why this address must never be probed, whoever asks, or null. The text continues "ADDRESS is never scanned: ".
 * With `loopback` the machine may look at itself (the embedded mode); nothing lifts the other ranges. What is no address is refused too.
 */
export function neverScanReason(address: Address, options: { loopback?: boolean } = {}): string | null {
  const canonical = toAddress(address);
  if (canonical === undefined) return 'it is not an IP address';
  if (!EVERYTHING.has(canonical)) return null;
  if (options.loopback === true && LOOPBACK.has(canonical)) return null;
  return NEVER.find(([set]) => set.has(canonical))?.[1] ?? null;
}
