/** What is known of an (address, port) pair. */
export const SILENT = 0;
export const OPEN = 1;
export const CLOSED = 2;
/** A router or a firewall said that there is no way. */
export const REFUSED = 3;

/** Two bits for each pair: 256 hosts x 65,535 ports take 4 MiB. Less than 2^32 pairs. */
export class PairStates {
  readonly #bits: Uint8Array;

  constructor(pairs: number) {
    this.#bits = new Uint8Array(Math.ceil(pairs / 4));
  }

  get(pair: number): number {
    return ((this.#bits[pair >>> 2] ?? 0) >> ((pair & 3) * 2)) & 3;
  }

  set(pair: number, state: number): void {
    const at = pair >>> 2;
    const shift = (pair & 3) * 2;
    this.#bits[at] = ((this.#bits[at] ?? 0) & ~(3 << shift)) | (state << shift);
  }
}
