import type { Libc } from '../../sockets/libc.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { BATCH, type Lane } from '../ways/lane.ts';
import { Neighbours } from '../ways/neighbours.ts';
import { errnoName } from '../../sockets/sockets.ts';
import { WayWatch } from '../ways/way-watch.ts';
import { type Way, Ways } from '../ways/ways.ts';

/** How long the kernel may take no packet at all before the scan is given up (ms). */
const STUCK_MS = 2_000;
/** ENOBUFS, EAGAIN, ENOMEM, EINTR: later. */
const ENOBUFS = 105;
const LATER: ReadonlySet<number> = new Set([ENOBUFS, 11, 12, 4]);
const NO_NEIGHBOUR = 'EHOSTUNREACH';
const LINK_DOWN = 'ENETDOWN';

export interface TransmitterEvents {
  /** Nothing more can be sent to this host. */
  unreachable(host: number, reason: string): void;
  /** The last packet to this host, its only one under way, did not leave. */
  unsent(host: number): void;
  /** The kernel takes no more packets for the moment: listen meanwhile, and be slower. */
  congested(): void;
}

/** Puts SYNs into the lane that leads to their host, and sends full lanes. */
export class Transmitter {
  readonly #hosts: Hosts;
  readonly #ways: Ways;
  readonly #watch: WayWatch;
  readonly #wayOf: (Way | undefined)[];
  readonly #events: TransmitterEvents;
  readonly #neighbours: Neighbours;
  readonly #now: () => number;
  #stampedAt = -1;
  #stamp = 0;

  constructor(libc: Libc, hosts: Hosts, kernelOnly: boolean, now: () => number, events: TransmitterEvents) {
    this.#hosts = hosts;
    this.#ways = new Ways(libc, kernelOnly);
    this.#wayOf = Array.from({ length: hosts.count });
    this.#events = events;
    this.#now = now;
    this.#watch = new WayWatch(this.#ways, {
      lost: (isIt, reason) => this.#each(isIt, (host) => events.unreachable(host, reason)),
      disturbed: (isIt) => this.#each(isIt, (host) => (hosts.tainted[host] = 1)),
    });
    this.#neighbours = new Neighbours(this.#ways, (hop) => this.#watch.addHop(hop));
  }

  /** Whether a packet to this host can leave now. Reports a host that there is no way to. */
  ready(host: number, now: number): boolean {
    const way = this.#wayOf[host] ?? this.#find(host);
    if (way === undefined) return false;
    const hop = way.packet?.hop;
    if (hop === undefined || hop.mac !== null) return true;
    const state = this.#neighbours.state(hop, now);
    if (state === 'failed') this.#events.unreachable(host, NO_NEIGHBOUR);
    return state === 'send';
  }

  #find(host: number): Way | undefined {
    const way = this.#ways.to(this.#hosts.addressOf(host));
    if (typeof way === 'string') {
      this.#events.unreachable(host, way);
      return undefined;
    }
    if (!this.#watch.isUp(way.link)) {
      this.#events.unreachable(host, LINK_DOWN);
      return undefined;
    }
    this.#wayOf[host] = way;
    return way;
  }

  #each(isIt: (way: Way) => boolean, what: (host: number) => void): void {
    for (const [host, way] of this.#wayOf.entries()) if (way !== undefined && isIt(way)) what(host);
  }

  /** Only after `ready`. */
  send(host: number, sourcePort: number, port: number, now: number): void {
    const way = this.#wayOf[host];
    if (way === undefined) return;
    const { addressWords } = this.#hosts;
    const from = this.#hosts.addressAt(host);
    const mac = way.packet?.hop.mac ?? null;
    if (way.packet !== null && mac === null) way.packet.hop.asked = true;
    const lane = way.packet !== null && mac !== null ? way.packet.lane : way.raw;
    const at = lane.place(host, way.writer, addressWords, from, mac);
    const sequence = this.#hosts.cookie(host, sourcePort, port);
    if (now !== this.#stampedAt) {
      this.#stampedAt = now;
      this.#stamp = stampOf(now);
    }
    way.writer.write(lane.words, at, addressWords, from, sourcePort, port, sequence, this.#stamp);
    if (lane.count === BATCH) this.#flush(lane);
  }

  flush(): void {
    for (const lane of this.#ways.lanes) if (lane.count > 0) this.#flush(lane);
  }

  /** @throws Error when the kernel takes nothing for a long time. */
  #flush(lane: Lane): void {
    let from = 0;
    let stuckAt: number | null = null;
    while (from < lane.count) {
      const sent = lane.send(from);
      if (sent > 0) {
        from += sent;
        stuckAt = null;
      } else if (LATER.has(-sent)) {
        const now = this.#now();
        this.#watch.look(now);
        if (!this.#watch.isUp(this.#wayOf[lane.hosts[from] ?? 0]?.link ?? 0)) {
          from += 1;
          continue;
        }
        if (this.#postponed(lane.hosts[from] ?? 0, -sent, now)) {
          from += 1;
          continue;
        }
        stuckAt ??= now;
        if (now - stuckAt > STUCK_MS) throw new Error(`${errnoName(-sent)}: the kernel takes no packets`);
        this.#events.congested();
      } else {
        this.#events.unreachable(lane.hosts[from] ?? 0, errnoName(-sent));
        from += 1;
      }
    }
    lane.count = 0;
  }

  /** The packet was to make the kernel ask for a neighbour, and its table has no room. It is sent again in a while. */
  #postponed(host: number, errno: number, now: number): boolean {
    const hop = this.#wayOf[host]?.packet?.hop;
    if (errno !== ENOBUFS || hop === undefined || hop.mac !== null) return false;
    if (this.#neighbours.postpone(hop, now)) this.#events.unsent(host);
    else this.#events.unreachable(host, errnoName(errno));
    return true;
  }

  /** Looks whether the ways are still there, and whether neighbours have said who they are. */
  tick(now: number): void {
    this.#watch.look(now);
    this.#neighbours.read(now);
  }

  close(): void {
    this.#ways.close();
  }
}

/** A timestamp of 10 microseconds, never 0. `now`: ms. */
export function stampOf(now: number): number {
  return (now * 100) >>> 0 || 1;
}
