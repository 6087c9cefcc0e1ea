import type { Address } from '../../../core/net/address.ts';

/** A listener that answers until the test ends. `sources`: the port of each who asked. */
export interface Listening {
  readonly port: number;
  readonly sources: readonly number[];
}

/** Probes that arrive where they are sent to, counted there. */
export interface Counted {
  readonly address?: Address;
  /** Port set, as text. */
  readonly ports?: string;
  /** Only those above so many a second; half a second's worth may come at once. */
  readonly over?: number;
}

/** Where an engine is tried: addresses and ports of its protocol. */
export interface ContractPlace {
  readonly protocol: 'tcp' | 'udp';
  /** Answer; the second and third have other IPv4 addresses of the same machine. */
  readonly addresses: readonly [Address, Address, Address];
  readonly six: Address;
  /** On the way to it nobody answers for it; null where every address answers. */
  readonly nobody: Address | null;
  listener(address?: Address): Promise<Listening>;
  closed(address?: Address): Promise<number>;
  /** Of the first address. */
  silent(): Promise<number>;
  /** Of a closed port. */
  readonly reason: string;
  /** Probes of one open, one closed and one silent port, each asked once. */
  readonly probes: number;
  /** Reasons for which single ports among all 65,535 may stay unknown. */
  readonly unknowable: readonly string[];
  /** Most probes a second of a job for all ports of an address, which loses nothing here. */
  readonly fullRate: number;
  /** Starts to count; the answer tells how many there were. Null: nobody can count here. */
  readonly count: ((what: Counted) => Promise<() => Promise<number>>) | null;
}
