import { readReply, type NetlinkReply } from '../../../core/scanning/netlink.ts';
import { AF_NETLINK, SOCK_RAW, SOL_SOCKET, SO_RCVTIMEO } from './constants.ts';
import type { Libc } from './libc.ts';
import { checked, option } from './sockets.ts';

const MOST_BYTES = 16_384;

/** Asks the kernel about routes, neighbours and links. Needs no privilege and sends nothing to the network. */
export class Netlink {
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #reply = Buffer.alloc(MOST_BYTES);

  /** @throws SystemError */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#fd = checked(libc, 'socket(AF_NETLINK)', libc.socket(AF_NETLINK, SOCK_RAW, 0));
    const second = Buffer.alloc(16);
    second.writeBigInt64LE(1n, 0);
    option(libc, this.#fd, SOL_SOCKET, SO_RCVTIMEO, second);
  }

  /** @throws SystemError; Error for a reply that cannot be read */
  ask(question: Uint8Array): NetlinkReply {
    checked(this.#libc, 'send(netlink)', this.#libc.send(this.#fd, question, question.length, 0));
    const length = checked(this.#libc, 'recv(netlink)', this.#libc.recv(this.#fd, this.#reply, MOST_BYTES, 0));
    const reply = readReply(this.#reply.subarray(0, length));
    if (reply === undefined) throw new Error('rtnetlink gave a reply that cannot be read');
    return reply;
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
