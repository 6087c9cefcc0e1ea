import { IPPROTO_IPV6, IPV6_V6ONLY, SOCK_STREAM } from '../../sockets/constants.ts';
import type { Libc } from '../../sockets/libc.ts';
import { DOMAIN, socketName } from '../../sockets/socket-name.ts';
import { checked, int32, option } from '../../sockets/sockets.ts';

/** Above the ports that Linux gives to connections by itself (32768-60999). */
const FIRST = 61_000;
const LAST = 65_535;
const ATTEMPTS = 200;

/** Ports in a row that nobody else on this machine can listen on or connect from while they are held. */
export class SourcePorts {
  readonly first: number;
  readonly last: number;
  readonly #libc: Libc;
  readonly #held: number[] = [];

  /** `random`: 0 to 1. @throws Error when no such row is free. */
  constructor(libc: Libc, families: readonly (4 | 6)[], count: number, random: () => number) {
    this.#libc = libc;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const first = FIRST + Math.floor(random() * (LAST - FIRST - count + 2));
      if (families.every((family) => this.#hold(family, first, count))) {
        this.first = first;
        this.last = first + count - 1;
        return;
      }
      this.close();
    }
    throw new Error(`no ${count} source ports in a row are free from ${FIRST} to ${LAST}`);
  }

  #hold(family: 4 | 6, first: number, count: number): boolean {
    for (let port = first; port < first + count; port += 1) {
      const fd = checked(this.#libc, 'socket', this.#libc.socket(DOMAIN[family], SOCK_STREAM, 0));
      this.#held.push(fd);
      if (family === 6) option(this.#libc, fd, IPPROTO_IPV6, IPV6_V6ONLY, int32(1));
      const name = socketName(family, null, port);
      if (this.#libc.bind(fd, name, name.length) < 0) return false;
    }
    return true;
  }

  close(): void {
    for (const fd of this.#held.splice(0)) this.#libc.close(fd);
  }
}
