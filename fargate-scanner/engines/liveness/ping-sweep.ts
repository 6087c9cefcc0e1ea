import { messageOf } from '../../../core/errors.ts';
import type { Address } from '../../../core/net/address.ts';
import { neverScanReason } from '../../../core/net/never-scan.ts';
import type { AliveHow } from '../../../core/scanning/liveness/alive.ts';
import { carries, type Ping } from '../../../core/scanning/liveness/icmp.ts';
import type { LinkAnswer } from '../../../core/scanning/liveness/link-frames.ts';
import type { TokenSource } from '../../../core/scanning/pacing.ts';
import { permutation } from '../../../core/scanning/permutation.ts';
import type { ScanTarget } from '../engine.ts';
import { LinkWatch } from './link-watch.ts';
import type { Means } from './means.ts';
import { PingCookies } from './ping-cookies.ts';
import { PingHost } from './ping-host.ts';

const TICK_MS = 5;
/** Packets in one turn of the event loop. */
const TURN = 128;
/** For each try of the job an address has so many pings (an echo, a timestamp, an echo) and, on a link, as many questions who has it before. */
const ASKS = 3;

export interface PingSweepOptions {
  readonly targets: readonly ScanTarget[];
  readonly means: Means;
  readonly tries: number;
  readonly timeoutMs: number;
  readonly seed: number;
  readonly budget: TokenSource;
  /** Random, 12 bytes. */
  readonly key: Buffer;
  readonly proved: (address: Address, how: AliveHow, rttMs: number | null) => void;
}

/** Asks the link and pings until an address has answered something, or was asked often enough. */
export class PingSweep {
  /** Resolves when every packet was sent and has had its time, or nothing is left to prove. */
  readonly quiet: Promise<void>;
  /** Resolves when every address that is asked for on its link has an answer or was asked often enough. */
  readonly sought: Promise<void>;
  /** Why it ended early; null: it did not. */
  failure: string | null = null;
  readonly hosts: readonly PingHost[];
  readonly #options: PingSweepOptions;
  readonly #byBytes = new Map<string, PingHost>();
  readonly #byAddress = new Map<Address, PingHost>();
  readonly #cookies: PingCookies;
  readonly #links: LinkWatch;
  readonly #order: (index: number) => number;
  readonly #passes: number;
  readonly #timer: NodeJS.Timeout;
  readonly #ended: () => void;
  readonly #found: () => void;
  #left: number;
  #cursor = 0;
  #pass = 1;
  #sentAt: number;
  #waiting: boolean;
  #stopping = false;

  constructor(options: PingSweepOptions) {
    const { targets, timeoutMs, tries, seed } = options;
    this.#options = options;
    this.hosts = this.#hostsOf(targets, ASKS * tries, timeoutMs / ASKS);
    for (const host of this.hosts) {
      this.#byBytes.set(keyOf(host.bytes), host);
      this.#byAddress.set(host.address, host);
    }
    this.#links = new LinkWatch(options.means.kernel, this.hosts);
    this.#cookies = new PingCookies(this.hosts, options.key);
    this.#order = permutation(this.hosts.length, seed);
    // The questions of a link, then the pings.
    this.#passes = 2 * ASKS * tries;
    this.#left = this.hosts.length;
    this.#waiting = this.#left > 0;
    this.#sentAt = performance.now();
    const [quiet, sought] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.quiet = quiet.promise;
    this.sought = sought.promise;
    this.#ended = () => {
      quiet.resolve();
      sought.resolve();
    };
    this.#found = sought.resolve;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    if (this.failure !== null) this.stop();
  }

  /** Whether a packet is due and waits for leave to go: then it goes before connections. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Somebody else's proof. */
  answered(address: Address, rttMs: number | null): void {
    const host = this.#byAddress.get(address);
    if (host !== undefined) this.prove(host, 'tcp', rttMs);
  }

  /** Whether the link was asked for the address as often as planned, and nobody has it. For when everything was asked. */
  isVacant(address: Address): boolean {
    const host = this.#byAddress.get(address);
    return this.failure === null && host?.isVacant === true && this.#links.carried(host.onLink);
  }

  /** Sends nothing more; what comes is still heard until `close`. */
  stop(): void {
    this.#stopping = true;
    this.#waiting = false;
    this.#ended();
  }

  close(): void {
    clearInterval(this.#timer);
    this.stop();
  }

  #hostsOf(targets: readonly ScanTarget[], asks: number, gapMs: number): PingHost[] {
    const { means } = this.#options;
    const hosts = targets
      .filter(({ address }) => neverScanReason(address, { loopback: true }) === null)
      .map((target, index) => new PingHost(index, target, asks, gapMs));
    try {
      for (const host of hosts) host.findWay(means);
    } catch (thrown) {
      this.failure = messageOf(thrown);
    }
    return hosts;
  }

  #tick(): void {
    try {
      this.#drain();
      if (!this.#stopping) this.#send();
      const now = performance.now();
      if (!this.hosts.some((host) => host.isSought(now))) this.#found();
      if (this.#isOver(now)) this.stop();
    } catch (thrown) {
      this.failure = messageOf(thrown);
      this.close();
    }
  }

  #isOver(now: number): boolean {
    if (this.#left === 0) return true;
    return this.#pass > this.#passes && now - this.#sentAt >= this.#options.timeoutMs;
  }

  #send(): void {
    const { means, budget } = this.#options;
    const now = performance.now();
    this.#waiting = false;
    let sent = 0;
    while (this.#pass <= this.#passes) {
      const host = this.hosts[this.#order(this.#cursor)];
      if (host !== undefined && !host.proven) {
        if (host.dueAt > now) break;
        if (sent === TURN || budget.available(now) < 1) {
          this.#waiting = true;
          break;
        }
        if (this.#ask(host, now)) {
          budget.take();
          sent += 1;
        }
      }
      this.#cursor += 1;
      if (this.#cursor < this.hosts.length) continue;
      this.#cursor = 0;
      this.#pass += 1;
    }
    if (sent === 0) return;
    this.#sentAt = now;
    for (const [, socket] of means.icmpSockets()) socket.flush();
    for (const socket of means.linkSockets()) socket.flush();
  }

  #ask(host: PingHost, now: number): boolean {
    const step = host.next();
    if (step === null) return false;
    host.dueAt = now + host.gapMs;
    if (step.kind === 'link') {
      host.linkAskedAt = now;
      host.linkAsks += 1;
      step.socket.put(host.bytes);
      return true;
    }
    const sequence = host.sentAt.push(now) - 1;
    const { kind } = step;
    const cookie = this.#cookies.of(host, kind, sequence);
    step.socket.put(host.bytes, { kind, identifier: this.#cookies.identifier, sequence, cookie });
    return true;
  }

  #drain(): void {
    const { means } = this.#options;
    for (const [, socket] of means.icmpSockets()) {
      socket.drain((source, reply) => this.#heard(source, reply, socket.raw));
    }
    for (const socket of means.linkSockets()) socket.drain((answer) => this.#heardLink(answer));
  }

  /** A ping socket is given only what answers its own identifier. */
  #heard(source: Uint8Array, reply: Ping, raw: boolean): void {
    const host = this.#byBytes.get(keyOf(source));
    const sentAt = host?.sentAt[reply.sequence];
    if (host === undefined || sentAt === undefined) return;
    if (raw && reply.identifier !== this.#cookies.identifier) return;
    if (!carries(reply, this.#cookies.of(host, reply.kind, reply.sequence))) return;
    this.prove(host, reply.kind, performance.now() - sentAt);
  }

  #heardLink({ address, mac, own }: LinkAnswer): void {
    const host = this.#byBytes.get(keyOf(address));
    if (host === undefined || host.linkAskedAt === null || host.linkAnswer !== null) return;
    const rttMs = performance.now() - host.linkAskedAt;
    host.linkAnswer = { mac: keyOf(mac), own, rttMs };
  }

  /** Only the first proof counts. */
  prove(host: PingHost, how: AliveHow, rttMs: number | null): void {
    if (host.proven) return;
    host.proven = true;
    this.#left -= 1;
    this.#options.proved(host.address, how, rttMs === null ? null : Math.round(rttMs * 100) / 100);
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
