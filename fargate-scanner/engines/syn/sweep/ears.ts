import type { Answer } from '../../../../core/scanning/syn/answer.ts';
import type { Libc } from '../../sockets/libc.ts';
import { Receiver } from './receiver.ts';

const POLLFD = 8;
const POLLIN = 1;

/** The receivers of a scan, one for each family of its targets. */
export class Ears {
  readonly #libc: Libc;
  readonly #receivers: readonly { readonly family: 4 | 6; readonly receiver: Receiver }[];
  readonly #pollfds: Buffer;

  /** `buffer`: bytes, null for the usual. @throws SystemError EPERM without CAP_NET_RAW */
  constructor(libc: Libc, families: readonly (4 | 6)[], first: number, last: number, buffer: number | null) {
    this.#libc = libc;
    this.#receivers = families.map((family) => ({
      family,
      receiver: new Receiver(libc, family, first, last, buffer ?? undefined),
    }));
    this.#pollfds = Buffer.alloc(POLLFD * families.length);
    this.#receivers.forEach(({ receiver }, i) => {
      this.#pollfds.writeInt32LE(receiver.fd, i * POLLFD);
      this.#pollfds.writeInt16LE(POLLIN, i * POLLFD + 4);
    });
  }

  /** Sleeps until something comes, at most `ms`. */
  wait(ms: number): void {
    this.#libc.poll(this.#pollfds, this.#receivers.length, ms);
  }

  drain(heard: (family: 4 | 6, answer: Answer) => void): void {
    for (const { family, receiver } of this.#receivers) receiver.drain((answer) => heard(family, answer));
  }

  /** Answers that the kernel could not keep since the last call. */
  drops(): number {
    return this.#receivers.reduce((sum, { receiver }) => sum + receiver.drops(), 0);
  }

  close(): void {
    for (const { receiver } of this.#receivers) receiver.close();
  }
}
