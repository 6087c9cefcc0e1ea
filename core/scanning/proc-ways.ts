import type { HopState } from './way-there.ts';

/** A row of `/proc/net/route`: the best way to an IPv4 address. */
export interface ProcWay {
  /** Name of the interface. */
  readonly link: string;
  /** The router's address as text; null: the target is on the link. */
  readonly router: string | null;
}

/** RTF_UP and RTF_REJECT of linux/route.h. */
const [UP, REJECT] = [0x1, 0x200];
/** ATF_COM and ATF_PERM of linux/if_arp.h. */
const KNOWN = 0x2 | 0x4;

/** The way to an IPv4 address (4 bytes) in the text of `/proc/net/route`, of a little-endian machine; null: there is none. */
export function wayIn(text: string, address: Uint8Array): ProcWay | null {
  const number = numberOf(address);
  let best: {
    readonly link: string;
    readonly gateway: Uint8Array;
    readonly flags: number;
    readonly mask: number;
    readonly metric: number;
  } | null = null;
  for (const line of text.split('\n').slice(1)) {
    const [link, to, gate, bits, , , metricText, maskText] = line.trim().split(/\s+/);
    if (link === undefined || to === undefined || gate === undefined || maskText === undefined) continue;
    const [flags, mask, metric] = [Number.parseInt(bits ?? '', 16), numberOf(bytesOf(maskText)), Number(metricText)];
    if ((flags & UP) === 0 || (number & mask) >>> 0 !== numberOf(bytesOf(to))) continue;
    const better = best === null || mask > best.mask || (mask === best.mask && metric < best.metric);
    if (better) best = { link, gateway: bytesOf(gate), flags, mask, metric };
  }
  if (best === null || (best.flags & REJECT) !== 0) return null;
  return { link: best.link, router: numberOf(best.gateway) === 0 ? null : best.gateway.join('.') };
}

/** What the text of `/proc/net/arp` says of an IPv4 address on an interface. The kernel does not tell there whether it is still asking. */
export function hopStateIn(text: string, address: string, link: string): HopState {
  for (const line of text.split('\n').slice(1)) {
    const [ip, , flags, , , device] = line.trim().split(/\s+/);
    if (ip === address && device === link) return (Number(flags) & KNOWN) === 0 ? 'asking' : 'known';
  }
  return 'none';
}

function bytesOf(littleEndian: string): Uint8Array {
  return Uint8Array.from(littleEndian.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)).reverse();
}

function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}
