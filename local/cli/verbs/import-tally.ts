import { NOT_WATCHED, type ScanImportReport, type ScannedAddress } from '../../../core/stages/scanned-address.ts';
import type { ImportSummary } from '../../../web/shapes.ts';
import { counted } from '../../../core/text/counts.ts';
import type { Io } from '../io.ts';
import { printable } from '../tables.ts';

/** Refused addresses that are named in `--json`, and for people. A file of the whole internet names millions. */
const MOST_NAMED = 1_000;
const MOST_SHOWN = 20;

type Sums = Pick<ImportSummary, 'addresses' | 'ports' | 'notOpen' | 'refused' | 'moreRefused'>;

/** Adds up what the API took of a file, request by request. */
export class ImportTally {
  readonly #taken = new Set<string>();
  readonly #refused = new Map<string, string>();
  #more = 0;
  #ports = 0;
  #notOpen = 0;

  get isEmpty(): boolean {
    return this.#taken.size === 0;
  }

  add(sent: readonly ScannedAddress[], report: ScanImportReport): void {
    // An address may be there several times, with different times: one refused and one taken.
    const left = new Map<string, number>();
    for (const { address } of report.refused) left.set(address, (left.get(address) ?? 0) + 1);
    for (const { address } of sent) {
      const refused = left.get(address) ?? 0;
      if (refused === 0) this.#taken.add(address);
      else left.set(address, refused - 1);
    }
    for (const { address, reason } of report.refused) {
      if (this.#refused.has(address)) continue;
      if (this.#refused.size < MOST_NAMED) this.#refused.set(address, reason);
      else this.#more += 1;
    }
    this.#ports += report.ports;
    this.#notOpen += report.notOpen;
  }

  sums(): Sums {
    return {
      addresses: this.#taken.size,
      ports: this.#ports,
      notOpen: this.#notOpen,
      refused: [...this.#refused].map(([address, reason]) => ({ address, reason })),
      moreRefused: this.#more,
    };
  }
}

/** The summary in sentences. */
export function tellImport(io: Io, name: string, summary: ImportSummary): void {
  const { scanner, format, refused, moreRefused, leftOut, endedEarly } = summary;
  const taken = `${counted(summary.ports, 'open port')} of ${counted(summary.addresses, 'address', 'addresses')}`;
  const notOpen =
    summary.notOpen > 0 ? `, and ${counted(summary.notOpen, 'port that was', 'ports that were')} not open` : '';
  io.out(`Imported ${taken}${notOpen}, seen by ${scanner}${scanner === format ? '' : ` (${format})`}.`);
  tellRefused(io, refused, moreRefused);
  if (refused.some(({ reason }) => reason === NOT_WATCHED))
    io.out('Watched are the addresses under targets, and those that were scanned once.');
  const rest = Object.entries(leftOut).map(([what, ports]) => `${ports} ${printable(what)}`);
  if (rest.length > 0)
    io.out(`Left out, as it says nothing for certain about a TCP port or an open UDP port: ${rest.join(', ')}.`);
  if (endedEarly !== null) {
    const before =
      summary.addresses + refused.length > 0 ? 'what was complete before it was taken' : 'nothing before it was taken';
    io.err(`${name} ends early, at line ${endedEarly}: ${before}.`);
  }
}

/** `more`: beside those that are named. */
export function tellRefused(io: Io, refused: Sums['refused'], more: number): void {
  for (const { address, reason } of refused.slice(0, MOST_SHOWN)) io.out(`Refused ${address}: ${reason}.`);
  const unnamed = Math.max(0, refused.length - MOST_SHOWN) + more;
  if (unnamed > 0) io.out(`Refused ${unnamed} more: --json names the first ${MOST_NAMED}.`);
}
