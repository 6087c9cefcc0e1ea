import { messageOf } from '../../../core/errors.ts';
import type { Address } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Seen } from '../../formats/seen.ts';
import type { EngineEvent, Observation, ScanJob } from '../engine.ts';
import type { Batch } from './batches.ts';
import { type ChildEnd, childOutput } from './child-output.ts';
import type { Decoys } from './decoys.ts';
import { type External, TARGETS_FILE } from './external.ts';
import { takeTokens } from './share.ts';

/**
 * Starts a program for a batch, and again for what is silent, until each silent port was asked as often as the job says. A round asks all
 * addresses that are left for the ports that are left at any of them, which are ports that were asked for at every one.
 */
export class Rounds {
  /** Probes that were sent, as far as the program tells. */
  probes = 0;
  readonly #external: External;
  readonly #batch: Batch;
  readonly #job: ScanJob;
  readonly #decoys: Decoys;
  /** Aborted when every address of the batch is left alone. */
  readonly #enough = new AbortController();
  /** What has no observation yet. */
  readonly #left: Map<Address, PortSet>;
  /** Of the round that runs: what the program calls silent. */
  #silent = new Map<Address, PortSet>();
  /** Probes each silent port got in the rounds before. */
  #tried = 0;

  constructor(external: External, batch: Batch, job: ScanJob, decoys: Decoys) {
    this.#external = external;
    this.#batch = batch;
    this.#job = job;
    this.#decoys = decoys;
    for (const address of batch.addresses) decoys.asked(address, batch.ports.size);
    this.#left = new Map(batch.addresses.map((address) => [address, batch.ports]));
  }

  /** Observations, and `stopped` for what a failure leaves and for who claims that every port is open. After the signal what has no last word is left out. */
  async *events(signal: AbortSignal): AsyncGenerator<EngineEvent> {
    while (!signal.aborted && this.#tried < this.#job.tries) {
      const addresses = [...this.#left].flatMap(([address, ports]) => (ports.isEmpty ? [] : [address]));
      if (addresses.length === 0) return;
      const ports = PortSet.fromRanges([...this.#left.values()].flatMap((some) => some.ranges));
      const tries = Math.min(this.#job.tries - this.#tried, this.#external.triesOfStart);
      const failure = yield* this.#round({ ...this.#batch, addresses, ports }, tries, signal);
      this.#count(addresses.length * ports.size, tries);
      this.#tried += tries;
      if (signal.aborted) return;
      const isLast = this.#tried >= this.#job.tries;
      if (isLast) yield* this.#tellSilent();
      if (failure !== null) {
        yield* this.#giveUp(failure);
        return;
      }
      if (isLast) yield* this.#tellUnknown();
    }
  }

  /** One start. Returns why its answer is not whole. */
  async *#round(batch: Batch, tries: number, signal: AbortSignal): AsyncGenerator<EngineEvent, string | null> {
    const { name, over } = this.#external;
    this.#silent = new Map();
    const reader = this.#external.reader();
    const stopTaking = takeTokens(this.#job.shared, batch.rate);
    const output = childOutput({
      ...this.#external.commandOf({ ...batch, tries, job: this.#job }),
      files: { [TARGETS_FILE]: `${batch.addresses.join('\n')}\n` },
      signal: AbortSignal.any([signal, this.#enough.signal]),
      graceMs: this.#job.timeoutMs,
      ...(over !== undefined && { over }),
    });
    let end: ChildEnd = { failure: null, stderr: '' };
    try {
      for (let next = await output.next(); ; next = await output.next()) {
        if (next.done === true) {
          end = next.value;
          break;
        }
        yield* this.#take(reader.write(next.value));
      }
      const { seen, endedEarly } = reader.end();
      yield* this.#take(seen);
      if (this.#enough.signal.aborted) return null;
      if (end.failure !== null || endedEarly === null) return end.failure ?? this.#complaint(end.stderr);
      return this.#complaint(end.stderr) ?? `the output of ${name} ends early, at line ${endedEarly}`;
    } catch (error) {
      return `the output of ${name} cannot be read: ${messageOf(error)}`;
    } finally {
      stopTaking();
      await output.return({ failure: null, stderr: '' });
    }
  }

  *#take(seen: readonly Seen[]): Generator<EngineEvent> {
    const observations = seen.flatMap((one) => this.#observationsIn(one));
    if (observations.length === 0) return;
    yield { kind: 'observations', observations };
    const open = observations.filter(({ state }) => state === 'open');
    for (const [address, some] of Map.groupBy(open, (one) => one.address)) {
      const reason = this.#decoys.sawOpen(address, some.length);
      if (reason === null) continue;
      this.#left.delete(address);
      if (this.#left.size === 0) this.#enough.abort();
      yield { kind: 'stopped', address, reason };
    }
  }

  /** The answers in what was seen, of pairs that were asked for and have none yet. */
  #observationsIn({ address, connected, synAck, closed, silent, down }: Seen): Observation[] {
    const asked = this.#left.get(address);
    if (asked === undefined) return [];
    if (down === true) {
      this.#left.set(address, PortSet.EMPTY);
      return asked.isEmpty ? [] : [this.#observation(address, [...asked], 'unknown', 'EHOSTUNREACH')];
    }
    let left = asked;
    const fresh = (ports: PortSet): PortSet => {
      const some = ports.intersect(left);
      left = left.subtract(some);
      return some;
    };
    const open = (ports: PortSet, reason: string): Observation[] =>
      [...fresh(ports)].map((port) => this.#observation(address, [port], 'open', reason));
    const found = [...open(connected, 'connected'), ...open(synAck, 'syn-ack')];
    const refused = fresh(closed);
    if (!refused.isEmpty) found.push(this.#observation(address, [...refused], 'closed', 'ECONNREFUSED'));
    this.#left.set(address, left);
    this.#silent.set(address, (this.#silent.get(address) ?? PortSet.EMPTY).union(silent));
    return found;
  }

  #observation(address: Address, ports: number[], state: Observation['state'], reason: string): Observation {
    return { address, ports, state, reason, rttMs: null, tries: this.#tried + 1 };
  }

  /** Each pair was asked once, and what stayed silent as often as the program was told. */
  #count(pairs: number, tries: number): void {
    const unanswered = [...this.#left.values()].reduce((sum, ports) => sum + ports.size, 0);
    this.probes += pairs + unanswered * (tries - 1);
  }

  *#tellSilent(): Generator<EngineEvent> {
    yield* this.#tell('filtered', 'no-answer', (address) => this.#silent.get(address) ?? PortSet.EMPTY);
  }

  *#tellUnknown(): Generator<EngineEvent> {
    yield* this.#tell('unknown', this.#external.unmentioned, () => PortSet.ALL);
  }

  *#tell(state: 'filtered' | 'unknown', reason: string, of: (address: Address) => PortSet): Generator<EngineEvent> {
    const observations: Observation[] = [];
    for (const [address, left] of this.#left) {
      const ports = left.intersect(of(address));
      if (ports.isEmpty) continue;
      this.#left.set(address, left.subtract(ports));
      observations.push({ address, ports: [...ports], state, reason, rttMs: null, tries: this.#job.tries });
    }
    if (observations.length > 0) yield { kind: 'observations', observations };
  }

  /** Told once in full: the reasons of all addresses are joined into one text. */
  *#giveUp(failure: string): Generator<EngineEvent> {
    const rest = [...this.#left].filter(([, ports]) => !ports.isEmpty);
    for (const [index, [address]] of rest.entries()) {
      yield { kind: 'stopped', address, reason: index === 0 ? failure : `too, as ${this.#external.name} failed` };
    }
  }

  #complaint(stderr: string): string | null {
    const lines = stderr.split(/[\r\n]+/).filter((line) => this.#external.complaint.test(line));
    const isWhole = [...this.#left].every(
      ([address, ports]) => ports.subtract(this.#silent.get(address) ?? PortSet.EMPTY).isEmpty,
    );
    if (lines.length === 0 || isWhole) return null;
    return `${this.#external.name} ended as if nothing was wrong, and said: ${lines.slice(-3).join(' / ').slice(0, 500)}`;
  }
}
