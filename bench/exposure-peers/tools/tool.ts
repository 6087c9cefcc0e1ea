import type { Ask } from '../corpus/case.ts';
import type { MotoClients, Placed } from '../moto/materialise.ts';

/** The emulated account that a tool works on. */
export interface Box {
  readonly url: string;
  readonly clients: MotoClients;
  /** For files of the tool; empty, and removed afterwards. */
  readonly folder: string;
}

/** What a tool says of one case. */
export interface Said {
  readonly reachable: boolean;
  /** What is wrong beyond yes or no; null when nothing is, or when nothing more is asked of the tool. */
  readonly difference: string | null;
}

/** Something that can be asked whether a port is reachable and told to close it. All cases of one call ask about the same port. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  /** Has it a question for this port? */
  asks(ask: Ask): boolean;
  reachable(placed: readonly Placed[], box: Box): Promise<ReadonlyMap<Placed, Said>>;
  /** Closes the port at those machines. Gives the reasons of those that it refused. */
  close(placed: readonly Placed[], box: Box): Promise<ReadonlyMap<Placed, string>>;
}
