import { anAnswer, readAnswer, type Answer } from '../../../../core/scanning/syn/answer.ts';
import { KEPT, answersFilter } from '../../../../core/scanning/syn/filter.ts';
import {
  AF_PACKET,
  ETH_P,
  MSG_DONTWAIT,
  PACKET_STATISTICS,
  SOCK_DGRAM,
  SOL_PACKET,
  SOL_SOCKET,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
} from '../../sockets/constants.ts';
import type { Libc } from '../../sockets/libc.ts';
import { Packets, attachFilter, bindPacket, checked, int32 } from '../../sockets/sockets.ts';

const AT_ONCE = 512;
const BUFFER = 64 * 1024 * 1024;

/**
 * Hears the answers on every interface, before this machine's firewall sees them: to it they belong to no connection. The kernel
 * itself answers each SYN-ACK with a RST, which closes what we half opened.
 */
export class Receiver {
  readonly fd: number;
  readonly #libc: Libc;
  readonly #packets: Packets;
  readonly #answer = anAnswer();
  readonly #statistics = Buffer.alloc(8);

  /** @throws SystemError EPERM without CAP_NET_RAW */
  constructor(libc: Libc, family: 4 | 6, firstPort: number, lastPort: number, buffer = BUFFER) {
    this.#libc = libc;
    // Nothing is received before the filter is there.
    this.fd = checked(libc, 'socket(AF_PACKET)', libc.socket(AF_PACKET, SOCK_DGRAM, 0));
    if (libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVBUFFORCE, int32(buffer), 4) < 0) {
      libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVBUF, int32(buffer), 4);
    }
    attachFilter(libc, this.fd, answersFilter(family, firstPort, lastPort));
    bindPacket(libc, this.fd, 0, ETH_P[family]);
    this.#packets = new Packets(libc, AT_ONCE, KEPT, 0);
  }

  /** Hands over what has come; the object is used again for the next. */
  drain(heard: (answer: Answer) => void): void {
    for (;;) {
      const { bytes, headers } = this.#packets;
      const count = this.#libc.recvmmsg(this.fd, headers, AT_ONCE, MSG_DONTWAIT, null);
      for (let i = 0; i < count; i += 1) {
        if (readAnswer(bytes, i * KEPT, Math.min(KEPT, this.#packets.lengthOf(i)), this.#answer)) heard(this.#answer);
      }
      if (count < AT_ONCE) return;
    }
  }

  /** Answers that the kernel could not keep for us since the last call. */
  drops(): number {
    const length = int32(8);
    checked(
      this.#libc,
      'getsockopt(PACKET_STATISTICS)',
      this.#libc.getsockopt(this.fd, SOL_PACKET, PACKET_STATISTICS, this.#statistics, length),
    );
    return this.#statistics.readUInt32LE(4);
  }

  close(): void {
    this.#libc.close(this.fd);
  }
}
