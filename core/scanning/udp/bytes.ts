/** Joins texts (one byte a character), numbers (one byte each) and bytes. */
export function join(...parts: readonly (string | number | Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part];
      return typeof part === 'string' ? Array.from(part, (character) => character.charCodeAt(0)) : [...part];
    }),
  );
}

/** Two bytes, the high one first. */
export const word16 = (value: number): readonly number[] => [(value >> 8) & 255, value & 255];

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether `bytes` has `part` at `at`, all of it. */
export function has(bytes: Uint8Array, at: number, part: Uint8Array | readonly number[]): boolean {
  return at + part.length <= bytes.length && part.every((byte, i) => bytes[at + i] === byte);
}

/** The bytes as text, one character each; only the first `most`, so that a long answer costs no more than a short one. */
export function textOf(bytes: Uint8Array, most = 4_096): string {
  return String.fromCharCode(...bytes.subarray(0, most));
}

/** Unsigned, the high byte first; 0 where there are no bytes. */
export function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
