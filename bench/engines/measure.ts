import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compileC } from '../../test/support/lab/compile-c.ts';

export interface Measured {
  /** Of the process, from fork to end. */
  readonly seconds: number;
  /** User and system, of it and all that it waited for. The kernel may count the lab's side of a packet here too. */
  readonly cpuSeconds: number;
  readonly maxRssKiB: number;
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** It did not end within its limit. */
  readonly stopped: boolean;
  readonly output: string;
  /** The end of what it wrote to stderr. */
  readonly errors: string;
}

/** Of standard error, characters: masscan and nmap repeat their progress. */
const ERRORS_KEPT = 2_000;
/** At most open ports of 256 hosts, or all of a host that answers everywhere. */
const MOST_OUTPUT = 50_000_000;

/** Runs a command for at most `limitSeconds` with this program's environment and `env`. `prefix` runs before, and is not measured. */
export async function measure(
  command: readonly string[],
  options: { prefix: readonly string[]; limitSeconds: number; cwd: string; env: Readonly<Record<string, string>> },
): Promise<Measured> {
  const program = compileC(join(import.meta.dirname, 'measure.c'));
  const [file = '', ...args] = [...options.prefix, program, String(options.limitSeconds), ...command];
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // masscan leaves a file there when it is interrupted.
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  const [, , , report] = child.stdio;
  let [text, said, figures] = ['', '', ''];
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    if (text.length < MOST_OUTPUT) text += part;
  });
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (said = (said + part).slice(-ERRORS_KEPT)));
  report?.on('data', (part: Buffer) => (figures += part.toString()));
  await once(child, 'close');
  if (figures === '') throw new Error(`${command[0]} could not be measured: ${said}`);
  return { ...(JSON.parse(figures) as Omit<Measured, 'output' | 'errors'>), output: text, errors: said };
}
