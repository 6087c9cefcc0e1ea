import type { LinkState } from '../../../core/scanning/netlink.ts';
import type { PingHost } from './ping-host.ts';
import type { Rtnetlink } from './rtnetlink.ts';

/** Whether questions to a link left this machine: the kernel drops them without a word while an interface has no carrier. */
export class LinkWatch {
  readonly #kernel: Rtnetlink | null;
  readonly #before = new Map<number, LinkState | null>();
  readonly #carried = new Map<number, boolean>();

  /** Before the first question. */
  constructor(kernel: Rtnetlink | null, hosts: readonly PingHost[]) {
    this.#kernel = kernel;
    for (const { onLink } of hosts) {
      if (onLink !== null && !this.#before.has(onLink)) this.#before.set(onLink, this.#stateOf(onLink));
    }
  }

  /** After the last question: whether the link was up all the time. */
  carried(link: number | null): boolean {
    if (link === null) return false;
    const known = this.#carried.get(link);
    if (known !== undefined) return known;
    const [before, now] = [this.#before.get(link) ?? null, this.#stateOf(link)];
    const carried = before?.up === true && now?.up === true && before.losses === now.losses;
    this.#carried.set(link, carried);
    return carried;
  }

  #stateOf(link: number): LinkState | null {
    try {
      return this.#kernel?.linkState(link) ?? null;
    } catch {
      return null;
    }
  }
}
