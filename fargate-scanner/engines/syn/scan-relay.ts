import { PortSet } from '../../../core/net/port-set.ts';
import { PortIndex } from '../../../core/scanning/port-index.ts';
import { PortRuns } from '../../../core/scanning/port-runs.ts';
import type { EngineEvent, Observation, ScanTarget } from '../engine.ts';
import { EventQueue } from '../event-queue.ts';
import { DROP, FINISH, STOP, type Settled, TAKEN, type WorkerMessage } from './messages.ts';

/** One scan as the main thread sees it: messages of the thread become events, and what was told is kept, so that the rest can be called unknown. */
export class ScanRelay {
  ended = false;
  readonly #targets: readonly ScanTarget[];
  readonly #control: Int32Array;
  readonly #syns: number;
  /** One bit for each pair, and where those of each target start. */
  readonly #told: Uint8Array;
  readonly #first: Float64Array;
  readonly #lists = new Map<string, PortIndex>();
  readonly #stopped = new Set<number>();
  readonly #inbox = new EventQueue<WorkerMessage>();
  #probes = 0;

  /** `syns`: how many of the thread's passes are one try. */
  constructor(targets: readonly ScanTarget[], control: Int32Array, syns: number) {
    this.#syns = syns;
    this.#targets = targets;
    this.#control = control;
    this.#first = new Float64Array(targets.length);
    let pairs = 0;
    for (const [target, { ports }] of targets.entries()) {
      this.#first[target] = pairs;
      pairs += ports.size;
    }
    this.#told = new Uint8Array(Math.ceil(pairs / 8));
  }

  heard(message: WorkerMessage): void {
    this.#inbox.put(message);
  }

  failed(reason: string): void {
    this.heard({ kind: 'failed', reason });
  }

  /** Nothing more is launched; what is in flight has its time. */
  stop(): void {
    this.#order(FINISH);
  }

  /** Ends at once. */
  drop(): void {
    this.#order(DROP);
  }

  #order(value: number): void {
    Atomics.store(this.#control, STOP, value);
    Atomics.notify(this.#control, TAKEN);
  }

  async *events(): AsyncGenerator<EngineEvent> {
    for (;;) {
      const message = await this.#inbox.next();
      if (message.kind === 'settled') {
        const observations = message.batch.map((settled) => this.#observation(settled, message.runs));
        yield { kind: 'observations', observations };
        Atomics.add(this.#control, TAKEN, 1);
        Atomics.notify(this.#control, TAKEN);
      } else if (message.kind === 'stopped') {
        this.#stopped.add(message.target);
        yield { kind: 'stopped', address: this.#addressOf(message.target), reason: message.reason };
      } else if (message.kind === 'failed') {
        yield* this.#unknown(message.reason);
        return;
      } else if (message.kind === 'done') {
        this.ended = true;
        const { complete, probes, loss, missedOpen, receiveDrops, ignored } = message;
        yield { kind: 'done', complete, probes, estimate: { loss, missedOpen, receiveDrops }, ignored };
        return;
      } else yield message;
    }
  }

  #addressOf(target: number): string {
    return this.#targets[target]?.address ?? '';
  }

  #observation({ target, from, length, state, reason, rttMs, tries }: Settled, all: Uint16Array): Observation {
    const ports = new PortRuns(all.subarray(from, from + length));
    this.#tell(target, ports);
    return { address: this.#addressOf(target), ports, state, reason, rttMs, tries: Math.ceil(tries / this.#syns) };
  }

  #tell(target: number, { ends, length }: PortRuns): void {
    const index = this.#indexOf(target);
    const told = this.#told;
    const first = this.#first[target] ?? 0;
    for (let i = 0; i < ends.length; i += 2) {
      const [from, to] = [ends[i] ?? 0, ends[i + 1] ?? 0];
      // What is between two ports of the list is in the list too: the thread told runs of scanned ports.
      let pair = first + index.indexOf(from);
      for (let port = from; port <= to; port += 1) {
        // Less than 2^32 pairs.
        told[pair >>> 3] = (told[pair >>> 3] ?? 0) | (1 << (pair & 7));
        pair += 1;
      }
    }
    this.#probes += length;
  }

  #indexOf(target: number): PortIndex {
    const ports = this.#targets[target]?.ports ?? PortSet.EMPTY;
    const text = ports.toString();
    const known = this.#lists.get(text) ?? new PortIndex(ports.ranges);
    this.#lists.set(text, known);
    return known;
  }

  /** The scan cannot go on: everything that was not told is unknown, and every target that has such ports is stopped with the reason. */
  *#unknown(reason: string): Generator<EngineEvent> {
    for (const [target, { address }] of this.#targets.entries()) {
      if (this.#stopped.has(target)) continue;
      const index = this.#indexOf(target);
      const first = this.#first[target] ?? 0;
      const ports: number[] = [];
      for (let at = 0; at < index.size; at += 1) {
        const pair = first + at;
        const told = ((this.#told[pair >>> 3] ?? 0) >> (pair & 7)) & 1;
        if (told === 0) ports.push(index.portAt(at));
      }
      if (ports.length === 0) continue;
      const unknown: Observation = { address, ports, state: 'unknown', reason, rttMs: null, tries: 1 };
      yield { kind: 'observations', observations: [unknown] };
      yield { kind: 'stopped', address, reason };
    }
    yield { kind: 'done', complete: false, probes: this.#probes };
  }
}
