import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { round } from './stats.ts';

/** Load averages of 1, 5 and 15 minutes: another program on the machine shows here. */
export const load = (): number[] => loadavg().map((value) => round(value, 2));

/** What a result was measured on. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? null,
    cpus: cpus().length,
    memoryGiB: round(totalmem() / 2 ** 30, 1),
    kernel: said('uname', '-r'),
    node: process.version,
    commit: said('git', '-C', fileURLToPath(new URL('.', import.meta.url)), 'rev-parse', '--short', 'HEAD'),
  };
}

/** First line that a command prints; null when it cannot be run. */
export function said(file: string, ...args: string[]): string | null {
  try {
    return (
      execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
        .trim()
        .split('\n')[0] ?? null
    );
  } catch {
    return null;
  }
}
