import type { Asset } from '../assets/asset.ts';

/** What we own right now. A later issue adds the cloud inventory as one more source. */
export interface AssetSource {
  /** Every address that may be scanned. @throws BadInput when what was configured cannot be resolved at all. */
  list(): Promise<Asset[]>;
}

/** Names to addresses, and files with target lists: the only I/O that reading targets needs. */
export interface TargetResolver {
  /** Addresses of a host name, canonical. @throws BadInput naming the name when it does not resolve. */
  resolveHost(name: string): Promise<string[]>;
  /** Text of a target file (`@file`). @throws BadInput naming the file when it cannot be read. */
  readFile(path: string): Promise<string>;
}

/** Addresses of the machine itself. */
export interface OwnInterfaces {
  list(): Promise<{ address: string; interface: string }[]>;
}
