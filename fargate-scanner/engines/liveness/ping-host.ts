import type { PingKind } from '../../../core/scanning/liveness/icmp.ts';
import type { Address } from '../../../core/net/address.ts';
import { bytesOf } from '../../../core/net/address-number.ts';
import type { ScanTarget } from '../engine.ts';
import type { IcmpSocket } from './icmp-socket.ts';
import type { LinkSocket } from './link-socket.ts';
import type { Means } from './means.ts';

/** Of an address's own rate what is left to connections is the rest. */
export const PING_PART = 0.25;

/** What is sent next: a question to the link, or an ICMP request. */
export type Step =
  | { readonly kind: 'link'; readonly socket: LinkSocket }
  | { readonly kind: PingKind; readonly socket: IcmpSocket };

/** One address that is pinged. Times: milliseconds of `performance.now`. */
export class PingHost {
  /** Its place in the scan. */
  readonly index: number;
  readonly address: Address;
  readonly bytes: Uint8Array;
  readonly family: 4 | 6;
  /** Between two packets to it. */
  readonly gapMs: number;
  dueAt = 0;
  proven = false;
  /** When each ICMP request left, by sequence number. */
  readonly sentAt: number[] = [];
  linkAskedAt: number | null = null;
  /** Who has it, by the link's word, after so many milliseconds. */
  linkAnswer: { readonly mac: string; readonly own: boolean; readonly rttMs: number | null } | null = null;
  /** The Ethernet link it is on; null: behind a router, on this machine, not known. */
  onLink: number | null = null;
  linkAsks = 0;
  readonly #asks: number;
  #link: LinkSocket | null = null;
  #icmp: IcmpSocket | null = null;

  /** `asks`: most questions to its link, and most pings. */
  constructor(index: number, { address, rate }: ScanTarget, asks: number, gapMs: number) {
    this.index = index;
    this.#asks = asks;
    this.address = address;
    this.bytes = bytesOf(address);
    this.family = this.bytes.length === 4 ? 4 : 6;
    this.gapMs = rate === null ? gapMs : Math.max(gapMs, 1_000 / (rate * PING_PART));
  }

  /** Whether this process still waits for its link to say who has it. */
  isSought(now: number): boolean {
    return this.#link !== null && this.linkAnswer === null && (this.linkAsks < this.#asks || this.dueAt > now);
  }

  /** Its link was asked for it as often as planned, and nobody has it. */
  get isVacant(): boolean {
    return this.#link !== null && this.linkAnswer === null && this.linkAsks >= this.#asks;
  }

  /** Null: there is nothing that can be sent to it. An address on the link is pinged only once the link has said who has it. */
  next(): Step | null {
    if (this.#link !== null && this.linkAnswer === null) {
      return this.linkAsks < this.#asks ? { kind: 'link', socket: this.#link } : null;
    }
    if (this.#icmp === null || this.sentAt.length >= this.#asks) return null;
    const timestamps = this.#icmp.raw && this.family === 4;
    const kind = timestamps && this.sentAt.length % 2 === 1 ? 'icmp-timestamp' : 'icmp-echo';
    return { kind, socket: this.#icmp };
  }

  /** Before the first `next`. @throws when the kernel does not tell */
  findWay(means: Means): void {
    if (means.kernel === null) {
      this.#icmp = means.icmp(this.family);
      return;
    }
    const route = means.kernel.route(this.bytes);
    // No way, or not one station's address.
    if (route === undefined) return;
    this.#icmp = means.icmp(this.family);
    if (route.own || route.gateway !== null || means.kernel.ethernet(route.link) === null) return;
    if (means.kernel.neighbour(this.bytes, route.link).kind === 'given') return;
    this.onLink = route.link;
    this.#link = means.link(route);
  }
}
