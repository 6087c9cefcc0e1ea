import type { ConfigFlags } from '../../adapters/config/yaml-file.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { ApiClient } from './api-client.ts';
import type { Connection } from './connect.ts';
import type { Io } from './io.ts';

/** Ctrl-C, a TERM or a HUP while a verb waited. */
export class Interrupted extends Error {
  constructor() {
    super('stopped; what was asked for goes on where portcullis runs');
  }
}

/** What a verb gets to work with. */
export interface Cli {
  readonly io: Io;
  /** `--json`: one JSON object a line on stdout instead of text for people. */
  readonly json: boolean;
  readonly dataDir: string;
  /** Who acts, for the audit: the login name. */
  readonly operator: string;
  /** The configuration file, and flags of the same name over it. @throws BadConfig */
  readonly loadSettings: (flags?: ConfigFlags) => Promise<Settings>;
  /** Opens the API, runs `use`, closes it whatever happens. */
  withApi<T>(use: (api: ApiClient, connection: Connection) => Promise<T>): Promise<T>;
  /** Resolves after `ms`. @throws Interrupted as soon as the person at the terminal wants to stop. */
  pause(ms: number): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** What a verb ends with: 0 done, 1 failed or interrupted, 2 wrong usage, 3 `--fail-on` found something. */
export type ExitCode = number;

export function printJson(io: Io, rows: readonly unknown[]): void {
  for (const row of rows) io.out(JSON.stringify(row));
}
