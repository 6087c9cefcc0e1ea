import { parsePorts } from '../net/ports-spec.ts';
import { PortSet } from '../net/port-set.ts';

/** The word that turns UDP off. */
export function isNoUdp(part: string): boolean {
  return part.toLowerCase() === 'none';
}

/** One part of `udpPorts`. @throws BadInput naming the part and what is allowed. */
export function oneUdpPart(part: string): PortSet {
  return isNoUdp(part) ? PortSet.EMPTY : parsePorts(part, 'udp');
}

/** What `udpPorts` says, as port set text: empty for `none`. */
export function parseUdpPorts(parts: readonly string[]): string {
  return parts.reduce((all, part) => all.union(oneUdpPart(part)), PortSet.EMPTY).toString();
}
