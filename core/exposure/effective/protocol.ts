import type { Protocol } from '../../cloud/network.ts';

export type Transport = 'tcp' | 'udp';

/** IANA protocol numbers. */
const NUMBERS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 };

const EVERY_PROTOCOL = -1;

/** Does a rule or row for `protocol` (a name, a number as text, or -1) speak about `asked`? */
export function concerns(protocol: Protocol, asked: Transport): boolean {
  const number = NUMBERS[protocol.toLowerCase()] ?? Number(protocol);
  return number === EVERY_PROTOCOL || number === NUMBERS[asked];
}

/** Ports of a tcp or udp rule: a missing end, and -1, mean all of them; with protocol -1 EC2 ignores ports. */
export function portsOf(rule: {
  readonly protocol: Protocol;
  readonly fromPort: number | null;
  readonly toPort: number | null;
}): { readonly from: number; readonly to: number } {
  const { fromPort, toPort } = rule;
  if (Number(rule.protocol) === EVERY_PROTOCOL || fromPort === -1) return { from: 0, to: MAX_PORT };
  return { from: fromPort ?? 0, to: toPort ?? MAX_PORT };
}

export const MAX_PORT = 65_535;
