import { TIMED_OUT } from '../../../../core/scanning/outcomes.ts';
import { CLOSED, SILENT } from '../../../../core/scanning/syn/pair-states.ts';
import { GUARDED_PORTS } from '../../../../core/scanning/open-guard.ts';
import { RunWriter } from '../../../../core/scanning/port-runs.ts';
import type { PortState } from '../../engine.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { DROP, ON_THE_WAY, type Settled, STOP, TAKEN, type WorkerMessage } from '../messages.ts';

/** Open ports of a long list that are told at once; more are held until it is known that not everything answers. */
const TOLD_AT_ONCE = 50;
/** A host with more open ports than this part of those probed is a decoy. */
const DECOY_PART = 0.1;
/** Numbers in one message at most, room for every second port of a host as a run; and lists of ports. */
const MESSAGE = 65_536;
const ENTRIES = 512;
/** Why silence was not taken for an answer. */
const RECEIVE_DROPS = 'receive-drops';

/** `move`: memory that belongs to the reader from then on. */
export type Post = (message: WorkerMessage, move?: readonly ArrayBuffer[]) => void;

interface Held {
  readonly index: number;
  readonly rttMs: number | null;
  readonly tries: number;
}

/** Turns what is known of pairs into their final word, and hands that on in batches the reader can keep up with. */
export class Settling {
  readonly #hosts: Hosts;
  readonly #post: Post;
  readonly #control: Int32Array;
  readonly #held = new Map<number, Held[]>();
  /** Host -> reason -> ports for which a router said that there is no way. */
  readonly #unreachable = new Map<number, Map<string, number[]>>();
  #batch: Settled[] = [];
  /** The runs of the batch, one list after the other: one piece of memory to move, not thousands. */
  readonly #runs = new Uint16Array(MESSAGE);
  readonly #writer = new RunWriter();
  #inBatch = 0;
  #posted = 0;

  constructor(hosts: Hosts, control: Int32Array, post: Post) {
    this.#hosts = hosts;
    this.#control = control;
    this.#post = post;
  }

  /** An open port. True: everything on this host seems to be open, it should be left alone. */
  open(host: number, index: number, rttMs: number | null, tries: number): boolean {
    const { opened, launched } = this.#hosts;
    const count = (opened[host] ?? 0) + 1;
    opened[host] = count;
    if (this.#hosts.sizeOf(host) < GUARDED_PORTS || count <= TOLD_AT_ONCE) {
      this.#tellOpen(host, { index, rttMs, tries });
      return false;
    }
    const held = this.#held.get(host) ?? [];
    this.#held.set(host, held);
    held.push({ index, rttMs, tries });
    return count > (launched[host] ?? 0) * DECOY_PART;
  }

  /** Why a host is a decoy, for people. */
  decoy(host: number): string {
    return `everything-open: ${this.#hosts.opened[host] ?? 0} of ${this.#hosts.launched[host] ?? 0} ports`;
  }

  /** A firewall refuses this port: `filtered`, told at once. */
  prohibited(host: number, index: number, reason: string): void {
    this.#put(host, this.#runsOf([this.#hosts.portAt(host, index)]), 'filtered', reason, null, 1);
  }

  /** A router knows no way. Kept until the host's end: whether it answers elsewhere decides between `filtered` and `unknown`. */
  unreachable(host: number, index: number, reason: string): void {
    const reasons = this.#unreachable.get(host) ?? new Map<string, number[]>();
    this.#unreachable.set(host, reasons);
    const ports = reasons.get(reason) ?? [];
    reasons.set(reason, ports);
    ports.push(this.#hosts.portAt(host, index));
  }

  /** The last word on everything of a host that was probed `tries` times. False: it proved to be a decoy. */
  finish(host: number, tries: number): boolean {
    if ((this.#hosts.opened[host] ?? 0) > TOLD_AT_ONCE && this.#held.has(host)) {
      if ((this.#hosts.opened[host] ?? 0) > (this.#hosts.launched[host] ?? 0) * DECOY_PART) return false;
    }
    const noWay = this.#noWay(host);
    this.#tellHeld(host);
    const good = this.#hosts.good[host] ?? 0;
    const silent = this.#runsIn(host, SILENT);
    if (noWay !== undefined) this.#put(host, silent, 'unknown', noWay, null, Math.max(1, good));
    else if (good >= tries) this.#put(host, silent, 'filtered', TIMED_OUT, null, good);
    else this.#put(host, silent, 'unknown', RECEIVE_DROPS, null, Math.max(1, good));
    return true;
  }

  /**
   * A router says that there is no way to a host, and the host itself never answered: then its silence is no filter. Routers do not say it for every
   * packet.
   */
  #noWay(host: number): string | undefined {
    if ((this.#hosts.answered[host] ?? 0) > 0) return undefined;
    return this.#unreachable.get(host)?.keys().next().value;
  }

  /** What can be said of a host whose scan was ended early: silence after a full wait counts with the tries it had. */
  finishEarly(host: number, waited: boolean): void {
    this.#tellHeld(host);
    const { good, pass, cursor, tainted } = this.#hosts;
    const passes = good[host] ?? 0;
    if (passes > 0) this.#put(host, this.#runsIn(host, SILENT), 'filtered', TIMED_OUT, null, passes);
    else if (pass[host] === 1 && waited && tainted[host] === 0) {
      this.#put(host, this.#silentUpTo(host, cursor[host] ?? 0), 'filtered', TIMED_OUT, null, 1);
    }
  }

  /** Everything that has no final word yet is unknown. */
  giveUp(host: number, reason: string): void {
    this.#tellHeld(host);
    this.#put(host, this.#runsIn(host, SILENT), 'unknown', reason, null, 1);
  }

  #tellHeld(host: number): void {
    for (const held of this.#held.get(host) ?? []) this.#tellOpen(host, held);
    this.#held.delete(host);
    this.#put(host, this.#runsIn(host, CLOSED), 'closed', 'ECONNREFUSED', null, 1);
    const state = (this.#hosts.answered[host] ?? 0) > 0 ? 'filtered' : 'unknown';
    for (const [reason, ports] of this.#unreachable.get(host) ?? []) {
      const runs = this.#runsOf(ports.toSorted((a, b) => a - b));
      this.#put(host, runs, state, reason, null, 1);
    }
    this.#unreachable.delete(host);
  }

  #tellOpen(host: number, { index, rttMs, tries }: Held): void {
    this.#put(host, this.#runsOf([this.#hosts.portAt(host, index)]), 'open', 'syn-ack', rttMs, tries);
  }

  /** Ports in a state, as runs. */
  #runsIn(host: number, state: number): Uint16Array {
    const hosts = this.#hosts;
    const size = hosts.sizeOf(host);
    const first = hosts.pairOf(host, 0);
    for (let index = 0; index < size; index += 1) {
      if (hosts.states.get(first + index) === state) this.#writer.add(hosts.portAt(host, index));
    }
    return this.#writer.take();
  }

  /** The silent ports among those first in the host's order. */
  #silentUpTo(host: number, places: number): Uint16Array {
    const hosts = this.#hosts;
    const ports = new Uint16Array(places);
    let count = 0;
    for (let place = 0; place < places; place += 1) {
      const index = hosts.at(host, place);
      if (hosts.states.get(hosts.pairOf(host, index)) !== SILENT) continue;
      ports[count] = hosts.portAt(host, index);
      count += 1;
    }
    return this.#runsOf(ports.subarray(0, count).sort());
  }

  #runsOf(ascending: ArrayLike<number>): Uint16Array {
    for (let i = 0; i < ascending.length; i += 1) this.#writer.add(ascending[i] ?? 0);
    return this.#writer.take();
  }

  #put(target: number, runs: Uint16Array, state: PortState, reason: string, rttMs: number | null, tries: number): void {
    const { length } = runs;
    if (length === 0) return;
    if (this.#inBatch + length > MESSAGE || this.#batch.length >= ENTRIES) this.flush();
    this.#runs.set(runs, this.#inBatch);
    this.#batch.push({ target, from: this.#inBatch, length, state, reason, rttMs, tries });
    this.#inBatch += length;
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    for (;;) {
      const taken = Atomics.load(this.#control, TAKEN);
      if (this.#posted - taken < ON_THE_WAY || Atomics.load(this.#control, STOP) === DROP) break;
      Atomics.wait(this.#control, TAKEN, taken, 100);
    }
    const runs = this.#runs.slice(0, this.#inBatch);
    this.#post({ kind: 'settled', batch: this.#batch, runs }, [runs.buffer]);
    this.#posted += 1;
    this.#batch = [];
    this.#inBatch = 0;
  }
}
