import type { Address } from '../../../core/net/address.ts';
import type { UdpVerdict } from '../../../core/scanning/udp/udp-target.ts';
import type { Observation } from '../engine.ts';

/** Observations that wait to be handed on; ports of one address that ended alike share one. */
export class Gathered {
  #all: Observation[] = [];
  #last = new Map<Address, Observation & { readonly ports: number[] }>();

  add(address: Address, port: number, { state, reason, rttMs, tries }: UdpVerdict): void {
    const last = this.#last.get(address);
    if (rttMs === null && last?.state === state && last.reason === reason && last.tries === tries) {
      last.ports.push(port);
      return;
    }
    const observation = { address, ports: [port], state, reason, rttMs, tries };
    this.#all.push(observation);
    if (rttMs === null) this.#last.set(address, observation);
  }

  take(): readonly Observation[] {
    const all = this.#all;
    if (all.length > 0) {
      this.#all = [];
      this.#last = new Map();
    }
    return all;
  }
}
