import type { AddressResult, OpenPort } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import type { Instant } from '../time.ts';

/** What one probe of a scan found out; `tries`: the answers and silences behind it. */
export interface Seen {
  readonly port: number;
  readonly state: 'open' | 'closed' | 'filtered' | 'unknown';
  readonly reason: string;
  readonly rttMs: number | null;
  readonly tries: number;
}

/** Gathers the observations of one address into its result. */
export class AddressTally {
  readonly #covered: number[] = [];
  readonly #open: OpenPort[] = [];
  readonly #closed: number[] = [];
  readonly #unknown: number[] = [];
  readonly #reasons: Record<string, number> = {};
  #tries = Infinity;

  add(seen: Seen): void {
    this.#covered.push(seen.port);
    switch (seen.state) {
      case 'open': {
        const reason = seen.reason === 'open-then-reset' ? 'open-then-reset' : 'connected';
        this.#open.push({ port: seen.port, reason, rttMs: seen.rttMs ?? 0, tries: seen.tries });
        return;
      }
      case 'unknown':
        this.#unknown.push(seen.port);
        this.#reasons[seen.reason] = (this.#reasons[seen.reason] ?? 0) + 1;
        return;
      case 'closed':
        this.#closed.push(seen.port);
        break;
      case 'filtered':
        break;
    }
    this.#tries = Math.min(this.#tries, seen.tries);
  }

  /** Undefined when nothing was seen. `probes` is the least number of answers or silences behind any closed or filtered port. */
  result(address: Address, startedAt: Instant, finishedAt: Instant): AddressResult | undefined {
    if (this.#covered.length === 0) return undefined;
    return {
      address,
      protocol: 'tcp',
      covered: PortSet.from(this.#covered).toString(),
      open: this.#open.sort((a, b) => a.port - b.port),
      closed: PortSet.from(this.#closed).toString(),
      unknown: PortSet.from(this.#unknown).toString(),
      unknownReasons: this.#reasons,
      probes: Number.isFinite(this.#tries) ? this.#tries : 1,
      startedAt,
      finishedAt,
    };
  }
}
