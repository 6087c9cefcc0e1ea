import ipaddr from 'ipaddr.js';
import { type Address, toAddress } from './address.ts';

export type Family = 'v4' | 'v6';

/** Bits of an address. */
export const WIDTH: Readonly<Record<Family, number>> = { v4: 32, v6: 128 };

export interface AddressNumber {
  readonly family: Family;
  readonly value: bigint;
}

/** The number of a canonical address: `192.0.2.3` is 0xc0000203 of v4. @throws RangeError when the text is no canonical address. */
export function numberOf(address: Address): AddressNumber {
  const bytes = bytesOf(address);
  return { family: bytes.length === 16 ? 'v6' : 'v4', value: bytesToNumber(bytes) };
}

/** The 4 or 16 bytes of a canonical address, in network order. @throws RangeError when the text is no canonical address. */
export function bytesOf(address: Address): Uint8Array {
  const canonical = toAddress(address);
  if (canonical === undefined) throw new RangeError(`${address} is not a canonical address`);
  if (!canonical.includes(':')) return Uint8Array.from(canonical.split('.'), Number);
  return Uint8Array.from(ipaddr.parse(canonical).toByteArray());
}

/** IPv4 before IPv6, then by value. */
export function compareNumbers(a: AddressNumber, b: AddressNumber): number {
  if (a.family !== b.family) return a.family === 'v4' ? -1 : 1;
  return Number(a.value > b.value) - Number(a.value < b.value);
}

/** The canonical text of an address number. */
export function addressOf(family: Family, value: bigint): Address {
  if (family === 'v4') {
    const n = Number(value);
    return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
  }
  const bytes = Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n));
  return new ipaddr.IPv6(bytes).toRFC5952String();
}

/** The canonical text of 4 or 16 bytes in network order. */
export function textOfBytes(bytes: Uint8Array): Address {
  return addressOf(bytes.length === 4 ? 'v4' : 'v6', bytesToNumber(bytes));
}

function bytesToNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
