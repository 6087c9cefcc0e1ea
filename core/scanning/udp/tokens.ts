import { Cookies } from '../syn/cookies.ts';
import { TOKEN_BYTES } from './probe.ts';

/**
 * Sixteen bytes that nobody can guess who was not sent them: HalfSipHash-2-4 over (number of the word, address, port), four times.
 * `key`: two random 32-bit numbers of the scan. `address`: its 4 or 16 bytes.
 */
export function tokensOf(key: readonly [number, number], address: Uint8Array): (port: number) => Uint8Array {
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  const cookies = new Cookies(key, 1, address.length === 4 ? 1 : 4);
  cookies.set(
    0,
    Array.from({ length: address.length / 4 }, (_, i) => view.getInt32(i * 4)),
  );
  return (port) => {
    const token = new DataView(new ArrayBuffer(TOKEN_BYTES));
    for (let i = 0; i < TOKEN_BYTES / 4; i += 1) token.setUint32(i * 4, cookies.of(0, i, port));
    return new Uint8Array(token.buffer);
  };
}
