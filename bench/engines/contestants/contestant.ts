import type { Lab } from '../../../test/support/lab/lab.ts';

export interface Question {
  readonly lab: Lab;
  readonly family: 'v4' | 'v6';
  /** Of that family. */
  readonly addresses: readonly string[];
  /** The same as a network, where they are one too large for a command line; else null. */
  readonly network: string | null;
  /** Such as `1-65535`. */
  readonly ports: string;
}

export interface Asked {
  /** Run in the scanning namespace. */
  readonly command: readonly string[];
  /** `address port` of what it says is open, from all that it wrote, also when it was stopped on the way. */
  readonly found: (output: string) => ReadonlySet<string>;
}

/** A scanner in the race. */
export interface Contestant {
  readonly name: string;
  /** What it is, with its version and how it is called; or why it is not here. */
  readonly here: { readonly version: string } | { readonly absent: string };
  /** Null: it cannot do this. */
  readonly ask: (question: Question) => Asked | null;
}

/** What is put on a command line for the addresses. */
export function named({ addresses, network }: Pick<Question, 'addresses' | 'network'>): readonly string[] {
  return network === null ? addresses : [network];
}

/** One pair for each match of an expression with the groups `address` and `port`. */
export function pairs(expression: RegExp): Asked['found'] {
  return (output) =>
    new Set([...output.matchAll(expression)].map(({ groups }) => `${groups?.['address']} ${groups?.['port']}`));
}
