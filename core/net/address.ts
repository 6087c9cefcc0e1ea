import ipaddr from 'ipaddr.js';
import { BadInput } from '../errors.ts';
import { EVERY_PORT } from './every-port.ts';
import type { Protocol } from './protocol.ts';

/** An IP address as its canonical text: dotted quad, or RFC 5952 for IPv6. IPv4-mapped IPv6 becomes IPv4. */
export type Address = string;

/** `host`: never leaves this machine. `private`: RFC 1918, ULA, shared space. `internet`: everything routable. */
export type AddressScope = 'host' | 'private' | 'internet';

/** The canonical text of `text`, or undefined when it is not an address. `010.0.0.1` and `127.1` are not (they mean different hosts to different programs). */
export function toAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  const parsed = ipaddr.IPv6.parse(text);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : parsed.toRFC5952String();
}

/** @throws BadInput naming the text and what is allowed. */
export function parseAddress(text: string): Address {
  const address = toAddress(text.trim());
  if (address === undefined) {
    throw new BadInput(`"${text}" is not an IP address: write four numbers 0-255 (192.0.2.3) or IPv6 (2001:db8::10).`);
  }
  return address;
}

export function isIPv6(address: Address): boolean {
  return address.includes(':');
}

export function scopeOf(address: Address): AddressScope {
  const range = ipaddr.parse(address).range();
  switch (range) {
    case 'loopback':
    case 'linkLocal':
    case 'unspecified':
      return 'host';
    case 'private':
    case 'uniqueLocal':
    case 'carrierGradeNat':
      return 'private';
    default:
      return 'internet';
  }
}

/** `192.0.2.3:22`, `[2001:db8::1]:22`; of UDP `192.0.2.3:udp/161`. */
export function endpoint(address: Address, port: number, protocol: Protocol = 'tcp'): string {
  if (port === EVERY_PORT) return `${address} (every port)`;
  const where = protocol === 'tcp' ? port : `udp/${port}`;
  return isIPv6(address) ? `[${address}]:${where}` : `${address}:${where}`;
}

/** Reads `192.0.2.3:22`, `[2001:db8::1]:22`, `192.0.2.3:udp/161` (`tcp/` is allowed too), or an address alone (port null). */
export function parseEndpoint(text: string): { address: Address; port: number | null; protocol: Protocol } {
  const match =
    /^\[(?<address>[^\]]+)\](?::(?<protocol>tcp\/|udp\/)?(?<port>\d{1,7}))?$/i.exec(text) ??
    /^(?<address>[^:]+):(?<protocol>tcp\/|udp\/)?(?<port>\d{1,7})$/i.exec(text);
  const { address = text, protocol = '', port } = match?.groups ?? {};
  return {
    address: parseAddress(address),
    port: portOf(port),
    protocol: protocol.toLowerCase() === 'udp/' ? 'udp' : 'tcp',
  };
}

function portOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (port < 1 || port > 65_535) throw new BadInput(`Port ${text} does not exist: ports are 1 to 65535.`);
  return port;
}

/** IPv4 before IPv6, then by number: `192.0.2.9` comes before `192.0.2.10`. */
export function compareAddresses(a: Address, b: Address): number {
  const [left, right] = [ipaddr.parse(a).toByteArray(), ipaddr.parse(b).toByteArray()];
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i += 1) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
