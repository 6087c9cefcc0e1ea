import { Option, type Command } from 'commander';
import type { Cli, ExitCode } from './cli.ts';

/** Makes a commander action of a verb: arguments first, options last. */
export type Does = (
  work: (cli: Cli, ...args: never[]) => Promise<ExitCode>,
) => (this: Command, ...args: unknown[]) => Promise<void>;

export const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

export const example = (text: string): string => `\nExample:\n  ${text}`;
