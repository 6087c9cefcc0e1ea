import type { PingCookie, PingKind } from '../../../core/scanning/liveness/icmp.ts';
import { Cookies } from '../../../core/scanning/syn/cookies.ts';
import type { PingHost } from './ping-host.ts';

/** Low bit free: two words a request. */
const CODE = { 'icmp-echo': 16, 'icmp-timestamp': 26 } as const satisfies Record<PingKind, number>;

/** What each request of one scan carries: nobody can answer a request that did not reach him. */
export class PingCookies {
  /** Of every request of the scan. */
  readonly identifier: number;
  readonly #of: { readonly [F in 4 | 6]: Cookies };

  /** `key`: 12 random bytes. */
  constructor(hosts: readonly PingHost[], key: Buffer) {
    const words = [key.readUInt32LE(0), key.readUInt32LE(4)] as const;
    this.identifier = key.readUInt16LE(8);
    this.#of = { 4: new Cookies(words, hosts.length, 1), 6: new Cookies(words, hosts.length, 4) };
    for (const { index, family, bytes } of hosts) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const address = Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4));
      this.#of[family].set(index, address);
    }
  }

  of({ index, family }: PingHost, kind: PingKind, sequence: number): PingCookie {
    const cookies = this.#of[family];
    return [cookies.of(index, sequence, CODE[kind]), cookies.of(index, sequence, CODE[kind] + 1)];
  }
}
