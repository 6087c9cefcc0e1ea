import { MMSGHDR, MSG_DONTWAIT } from './constants.ts';
import type { Libc } from './libc.ts';
import { errnoName, Packets } from './sockets.ts';

/** Packets handed to the kernel, or taken from it, at once. */
const BATCH = 64;
/** The kernel takes nothing for the moment. What was to be sent is lost, as on the wire. */
const LATER: ReadonlySet<string> = new Set(['ENOBUFS', 'EAGAIN', 'ENOMEM', 'EINTR']);

/** Sends and receives on one socket without waiting. `stride`: bytes of each packet that is sent; `kept`: of each that is received; `name`: bytes of a socket address, 0: none. */
export class BatchSocket {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #out: Packets;
  readonly #in: Packets;
  readonly #stride: number;
  readonly #kept: number;
  readonly #name: number;
  #count = 0;

  constructor(libc: Libc, fd: number, sizes: { stride: number; kept: number; name: number }) {
    this.#libc = libc;
    this.fd = fd;
    this.#stride = sizes.stride;
    this.#kept = sizes.kept;
    this.#name = sizes.name;
    this.#out = new Packets(libc, BATCH, sizes.stride, sizes.name);
    this.#in = new Packets(libc, BATCH, sizes.kept, sizes.name);
  }

  put(packet: Uint8Array, to: Uint8Array): void {
    if (this.#count === BATCH) this.flush();
    this.#out.bytes.set(packet, this.#count * this.#stride);
    if (this.#name > 0) this.#out.names.set(to, this.#count * this.#name);
    this.#count += 1;
  }

  flush(): void {
    const { headers } = this.#out;
    let from = 0;
    while (from < this.#count) {
      const rest = headers.subarray(from * MMSGHDR);
      const sent = this.#libc.sendmmsg(this.fd, rest, this.#count - from, MSG_DONTWAIT);
      if (sent > 0) from += sent;
      else if (LATER.has(errnoName(this.#libc.errno()))) break;
      // No way there, or this machine's firewall forbids it: the others may go.
      else from += 1;
    }
    this.#count = 0;
  }

  /** Hands over what has come: views that hold until `heard` returns. */
  drain(heard: (packet: Uint8Array, from: Uint8Array) => void): void {
    for (;;) {
      const { bytes, names, headers } = this.#in;
      const count = this.#libc.recvmmsg(this.fd, headers, BATCH, MSG_DONTWAIT, null);
      for (let i = 0; i < count; i += 1) {
        const at = i * this.#kept;
        const length = Math.min(this.#kept, this.#in.lengthOf(i));
        heard(bytes.subarray(at, at + length), names.subarray(i * this.#name, (i + 1) * this.#name));
      }
      if (count < BATCH) return;
    }
  }

  close(): void {
    this.#libc.close(this.fd);
  }
}
