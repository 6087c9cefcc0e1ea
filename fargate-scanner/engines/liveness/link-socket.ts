import { linkAnswersFilter, LINK_KEPT } from '../../../core/scanning/liveness/link-filter.ts';
import {
  type Asker,
  type LinkAnswer,
  linkRequest,
  readLinkAnswer,
  REQUEST_BYTES,
} from '../../../core/scanning/liveness/link-frames.ts';
import { AF_PACKET, ETH_P, SOCK_RAW } from '../sockets/constants.ts';
import type { Libc } from '../sockets/libc.ts';
import { attachFilter, bindPacket, checked } from '../sockets/sockets.ts';
import { BatchSocket } from '../sockets/batch-socket.ts';

const ETH_P_ARP = 0x0806;
const NO_NAME = new Uint8Array(0);

/** Asks who has an address on one Ethernet link, as one of this machine's addresses there. */
export class LinkSocket {
  readonly #asker: Asker;
  readonly #socket: BatchSocket;

  /** @throws SystemError EPERM without CAP_NET_RAW */
  constructor(libc: Libc, link: number, asker: Asker) {
    const family = asker.address.length === 4 ? 4 : 6;
    this.#asker = asker;
    // Nothing is received before the filter is there.
    const fd = checked(libc, 'socket(AF_PACKET)', libc.socket(AF_PACKET, SOCK_RAW, 0));
    try {
      attachFilter(libc, fd, linkAnswersFilter(family));
      bindPacket(libc, fd, link, family === 4 ? ETH_P_ARP : ETH_P[6]);
    } catch (thrown) {
      libc.close(fd);
      throw thrown;
    }
    this.#socket = new BatchSocket(libc, fd, { stride: REQUEST_BYTES[family], kept: LINK_KEPT, name: 0 });
  }

  put(target: Uint8Array): void {
    this.#socket.put(linkRequest(this.#asker, target), NO_NAME);
  }

  flush(): void {
    this.#socket.flush();
  }

  drain(heard: (answer: LinkAnswer) => void): void {
    this.#socket.drain((frame) => {
      const answer = readLinkAnswer(this.#asker, frame);
      if (answer !== undefined) heard(answer);
    });
  }

  close(): void {
    this.#socket.close();
  }
}
