import { BadInput } from '../errors.ts';
import { type Address, toAddress } from './address.ts';
import { type Family, WIDTH, addressOf, numberOf } from './address-number.ts';
import type { Interval } from './intervals.ts';

/** One run of addresses of one family. */
export interface AddressRange {
  readonly family: Family;
  readonly interval: Interval;
}

const MAPPED_PREFIX = 96;

/**
 * Reads `192.0.2.3`, `192.0.2.0/24`, `192.0.2.20-192.0.2.35`, `192.0.2.20-35` and the same of IPv6 (no short range).
 * IPv4-mapped IPv6 (`::ffff:192.0.2.0/120`) becomes IPv4.
 * @throws BadInput naming the text and what to write instead.
 */
export function parseAddressRange(text: string): AddressRange {
  const trimmed = text.trim();
  if (trimmed.includes('/')) return parseCidr(trimmed);
  if (trimmed.includes('-')) return parseSpan(trimmed);
  const { family, value } = numberOf(known(trimmed, trimmed));
  return { family, interval: [value, value] };
}

function parseCidr(text: string): AddressRange {
  const slash = text.indexOf('/');
  const [base, prefixText] = [text.slice(0, slash), text.slice(slash + 1)];
  const address = known(base, text);
  const { family, value } = numberOf(address);
  const mapped = family === 'v4' && base.includes(':');
  const written: Family = mapped ? 'v6' : family;
  const prefix = /^(?:0|[1-9]\d{0,2})$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  if (!(prefix <= WIDTH[written])) {
    throw new BadInput(
      `"${text}" has no valid prefix: ${written === 'v4' ? 'IPv4' : 'IPv6'} prefixes are /0 to /${WIDTH[written]}.`,
    );
  }
  if (mapped && prefix < MAPPED_PREFIX) {
    throw new BadInput(`"${text}" reaches beyond the IPv4-mapped addresses: write IPv4, such as ${address}/24.`);
  }
  const bits = WIDTH[written] - prefix;
  const last = value | ((1n << BigInt(bits)) - 1n);
  const network = (value >> BigInt(bits)) << BigInt(bits);
  if (network !== value) {
    const right = `${addressOf(family, network)}/${WIDTH[family] - bits}`;
    throw new BadInput(
      `"${text}" is an address inside a network: write ${right} for the network or ${address} for the address.`,
    );
  }
  return { family, interval: [value, last] };
}

function parseSpan(text: string): AddressRange {
  const dash = text.indexOf('-');
  const from = known(text.slice(0, dash).trim(), text);
  const to = spanEnd(from, text.slice(dash + 1).trim(), text);
  const [first, last] = [numberOf(from), numberOf(to)];
  if (first.family !== last.family) {
    throw new BadInput(`Address range "${text}" mixes IPv4 and IPv6: both ends must be of one kind.`);
  }
  if (first.value > last.value) throw new BadInput(`Address range "${text}" is reversed: write ${to}-${from}.`);
  return { family: first.family, interval: [first.value, last.value] };
}

/** The end of a range: an address, or only its last number (`192.0.2.20-35`). */
function spanEnd(from: Address, end: string, text: string): Address {
  if (from.includes(':') || !/^\d+$/.test(end)) return known(end, text);
  return known(`${from.slice(0, from.lastIndexOf('.'))}.${end}`, text);
}

function known(part: string, text: string): Address {
  const address = toAddress(part);
  if (address === undefined) {
    throw new BadInput(
      `"${text}" is not an address: write an address (192.0.2.3, 2001:db8::10), a network (192.0.2.0/24) or a range (192.0.2.20-192.0.2.35).`,
    );
  }
  return address;
}
