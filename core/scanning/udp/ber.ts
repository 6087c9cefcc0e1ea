import { join } from './bytes.ts';
import { MOST_READ } from './probe.ts';

/** A value of BER (X.690) with its tag; at most 127 bytes of contents. */
export function tagged(tag: number, ...contents: readonly (string | number | Uint8Array)[]): Uint8Array {
  const inner = join(...contents);
  if (inner.length > 127) throw new RangeError(`${inner.length} bytes do not fit a short BER length`);
  return join(tag, inner.length, inner);
}

export const SEQUENCE = 0x30;
const INTEGER = 0x02;
export const OCTETS = 0x04;

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => tagged(SEQUENCE, ...contents);
export const octets = (contents: string | Uint8Array = ''): Uint8Array => tagged(OCTETS, contents);

/** From 0 to 2^31-1, in as few bytes as BER asks for. */
export function integer(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  if ((bytes[0] ?? 0) > 127) bytes.unshift(0);
  return tagged(INTEGER, ...bytes);
}

/** One value inside a datagram: its tag, where its contents start and end (never beyond the bytes there are). */
export interface BerValue {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

/** The value at `at`; undefined when it is cut short or its length is written in more than four bytes. */
export function readValue(bytes: Uint8Array, at: number, end: number = bytes.length): BerValue | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || at + 2 > end) return undefined;
  if (first < 128) return at + 2 + first <= end ? { tag, from: at + 2, to: at + 2 + first } : undefined;
  const count = first & 127;
  if (count === 0 || count > 4) return undefined;
  let length = 0;
  for (let i = 0; i < count; i += 1) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const from = at + 2 + count;
  return from + length <= end ? { tag, from, to: from + length } : undefined;
}

/** The value that a datagram consists of: as far as it was read, if it was cut off. */
export function readDatagram(bytes: Uint8Array): BerValue | undefined {
  const whole = readValue(bytes, 0, bytes.length < MOST_READ ? bytes.length : Infinity);
  return whole === undefined ? undefined : { ...whole, to: Math.min(whole.to, bytes.length) };
}

/** A non-negative INTEGER of up to four bytes; undefined for anything else. */
export function integerOf(bytes: Uint8Array, value: BerValue | undefined): number | undefined {
  if (value?.tag !== INTEGER || value.to === value.from || value.to - value.from > 5) return undefined;
  let number = 0;
  for (let at = value.from; at < value.to; at += 1) number = number * 256 + (bytes[at] ?? 0);
  return (bytes[value.from] ?? 0) > 127 ? undefined : number;
}
