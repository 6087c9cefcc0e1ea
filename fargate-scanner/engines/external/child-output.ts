import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { existsSync } from 'node:fs';
import { messageOf } from '../../../core/errors.ts';

/** Characters of stderr that are kept: its end says why. */
const MOST_STDERR = 2_000;
/** util-linux: lets the kernel kill the child when this process dies, however it dies. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

export interface ChildOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Ends the child. */
  readonly signal: AbortSignal;
  /** Longest time it may run, milliseconds. */
  readonly mostMs: number;
  /** From being asked to end to being killed, milliseconds. */
  readonly graceMs: number;
}

export interface ChildEnd {
  /** Why its output is not the whole answer, with the end of its stderr; null when it ended by itself without an error, or because of the signal. */
  readonly failure: string | null;
}

/**
 * Runs a program in a process group and an empty directory of its own, and yields what it writes to stdout; returns how it ended. Whoever
 * stops listening, and the end of this process, kills the whole group.
 */
export async function* childOutput(options: ChildOptions): AsyncGenerator<string, ChildEnd> {
  const { command, signal, mostMs, graceMs } = options;
  const [name = ''] = command;
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-'));
  const whole = SETPRIV === undefined ? command : [SETPRIV, '--pdeathsig', 'KILL', '--', ...command];
  const [program = '', ...args] = whole;
  const child = spawn(program, args, { cwd: directory, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const group = new Group(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR);
  });
  let overdue = false;
  const stop = (): void => group.end(graceMs);
  const timer = setTimeout(() => {
    overdue = true;
    stop();
  }, mostMs);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    child.stdout.setEncoding('utf8');
    for await (const text of child.stdout) yield text as string;
    const { code, killed, error } = await group.ended;
    if (signal.aborted) return { failure: null };
    const why = said(stderr);
    if (error !== null) return { failure: `${name} cannot be started: ${messageOf(error)}` };
    if (overdue) return { failure: `${name} did not end within ${mostMs} ms and was stopped${why}` };
    if (killed !== null) return { failure: `${name} was ended by ${killed}${why}` };
    return { failure: code === 0 ? null : `${name} ended with ${code}${why}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    group.kill();
    await group.ended;
    await rm(directory, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly killed: string | null;
  readonly error: Error | null;
}

/** The process group of a child. */
class Group {
  readonly ended: Promise<Ended>;
  readonly #pid: number | undefined;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#pid = child.pid;
    const kill = (): void => this.kill();
    process.once('exit', kill);
    this.ended = new Promise((resolve) => {
      const over = (ended: Ended): void => {
        this.#over = true;
        clearTimeout(this.#timer);
        process.removeListener('exit', kill);
        resolve(ended);
      };
      child.once('error', (error) => over({ code: null, killed: null, error }));
      child.once('exit', (code, killed) => {
        // What it started may hold its stdout open, and would be waited for.
        this.kill();
        over({ code, killed, error: null });
      });
    });
  }

  /** Asks it to end as Ctrl-C would, and kills it when it has not after `graceMs`. */
  end(graceMs: number): void {
    if (this.#over || this.#timer !== undefined) return;
    this.#signal('SIGINT');
    this.#timer = setTimeout(() => this.kill(), graceMs);
  }

  kill(): void {
    if (!this.#over) this.#signal('SIGKILL');
  }

  #signal(name: NodeJS.Signals): void {
    if (this.#pid === undefined) return;
    try {
      process.kill(-this.#pid, name);
    } catch (error) {
      // Gone already.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The last lines for people; those that a carriage return overwrites are progress. */
function said(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => (line.includes('\r') ? '' : line.trim()))
    .filter((line) => line !== '');
  return lines.length === 0 ? '' : `: ${lines.slice(-5).join(' / ').slice(0, 500)}`;
}
