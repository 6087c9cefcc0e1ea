import { PortSet } from '../../../core/net/port-set.ts';
import type { ScannedAddress } from '../../../core/stages/scanned-address.ts';
import type { Seen } from '../../../fargate-scanner/formats/seen.ts';

/** Characters of one request, well below what the API takes. */
const MOST_CHARACTERS = 200_000;
/** An address with its names and times. */
const ADDRESS_CHARACTERS = 220;
const PORT_CHARACTERS = 6;

/** Characters of an ISO time to the minute. */
const TO_THE_MINUTE = 16;

/** Open ports of an address from records of one port each. */
interface Gathered {
  readonly address: string;
  readonly connected: number[];
  readonly synAck: number[];
  startedAt: string | null;
  finishedAt: string | null;
}

/**
 * Puts what a file says into requests: records of single ports of one address and one minute become one, hosts stay as they are. Not those of
 * different times, as a file may hold several runs: what is known by now may be older than the one and newer than the other.
 */
export class ImportBatches {
  readonly #gathered = new Map<string, Gathered>();
  #batch: ScannedAddress[] = [];
  #full: ScannedAddress[][] = [];
  #characters = 0;

  add(seen: Seen): void {
    if (seen.closed.isEmpty && seen.silent.isEmpty && seen.answered === undefined) this.#gather(seen);
    else this.#put(textsOf(seen));
    if (this.#characters >= MOST_CHARACTERS) this.#close();
  }

  /** The requests that are full; with `all`, the rest too. */
  take(all: boolean): ScannedAddress[][] {
    if (all) this.#close();
    const full = this.#full;
    this.#full = [];
    return full;
  }

  #gather({ address, connected, synAck, startedAt, finishedAt }: Seen): void {
    const key = `${address} ${finishedAt?.slice(0, TO_THE_MINUTE) ?? ''}`;
    let one = this.#gathered.get(key);
    if (one === undefined) {
      one = { address: ownText(address), connected: [], synAck: [], startedAt, finishedAt };
      this.#gathered.set(ownText(key), one);
      this.#characters += ADDRESS_CHARACTERS;
    }
    for (const port of connected) one.connected.push(port);
    for (const port of synAck) one.synAck.push(port);
    if (startedAt !== null && (one.startedAt === null || startedAt < one.startedAt)) one.startedAt = startedAt;
    if (finishedAt !== null && (one.finishedAt === null || finishedAt > one.finishedAt)) one.finishedAt = finishedAt;
    this.#characters += PORT_CHARACTERS * (connected.size + synAck.size);
  }

  #put(scanned: ScannedAddress): void {
    const { connected, synAck, closed, silent, answered = '' } = scanned;
    const texts = [connected, synAck, closed, silent, answered];
    this.#characters += texts.reduce((sum, text) => sum + text.length, ADDRESS_CHARACTERS);
    this.#batch.push(scanned);
  }

  #close(): void {
    for (const { address, connected, synAck, startedAt, finishedAt } of this.#gathered.values()) {
      const sure = PortSet.from(connected);
      this.#batch.push({
        address,
        connected: sure.toString(),
        synAck: PortSet.from(synAck).subtract(sure).toString(),
        closed: '',
        silent: '',
        startedAt,
        finishedAt,
      });
    }
    this.#gathered.clear();
    if (this.#batch.length > 0) this.#full.push(this.#batch);
    this.#batch = [];
    this.#characters = 0;
  }
}

function textsOf({
  address,
  connected,
  synAck,
  closed,
  silent,
  answered,
  startedAt,
  finishedAt,
}: Seen): ScannedAddress {
  const [first, second, third, fourth] = [connected, synAck, closed, silent].map(String) as [
    string,
    string,
    string,
    string,
  ];
  return {
    address: ownText(address),
    connected: first,
    synAck: second,
    closed: third,
    silent: fourth,
    ...(answered === undefined ? {} : { answered: answered.toString() }),
    startedAt,
    finishedAt,
  };
}

/** A part of a text keeps the whole text alive in V8: who remembers an address must not remember 64 KiB of the file. */
function ownText(address: string): string {
  return Buffer.from(address, 'latin1').toString('latin1');
}
