import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { existsSync } from 'node:fs';
import { messageOf } from '../../../core/errors.ts';

/** Characters of stderr that are kept: its end says why. */
const MOST_STDERR = 2_000;
/** A program that says it is over may still be writing: its output stands still for so long first, milliseconds. */
const QUIET_MS = 2_000;
/** A program that has closed its output has nothing more to say, milliseconds. */
const LEAVE_MS = 5_000;
/** util-linux: lets the kernel kill the child when this process dies, however it dies. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
/** coreutils: what a program has found leaves it at once, and does not go with it when it hangs and is killed. */
const STDBUF = ['/usr/bin/stdbuf', '/bin/stdbuf'].find((path) => existsSync(path));
const BEFORE = [
  ...(SETPRIV === undefined ? [] : [SETPRIV, '--pdeathsig', 'KILL', '--']),
  ...(STDBUF === undefined ? [] : [STDBUF, '-oL']),
];

export interface ChildOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Ends the child. */
  readonly signal: AbortSignal;
  /** Longest time it may run, milliseconds. */
  readonly mostMs: number;
  /** From being asked to end to being killed, milliseconds. */
  readonly graceMs: number;
  /** Written into its directory before it starts: name -> text. */
  readonly files?: Readonly<Record<string, string>>;
  /** In its stderr, again and again: it has done everything. When its output stands still too it is killed, which then is how it ends. */
  readonly over?: RegExp;
}

export interface ChildEnd {
  /** Why its output is not the whole answer, with the end of its stderr; null when it ended by itself without an error, or because of the signal. */
  readonly failure: string | null;
  /** The end of what it wrote there. */
  readonly stderr: string;
}

/**
 * Runs a program in a process group and an empty directory of its own, and yields what it writes to stdout; returns how it ended. Whoever
 * stops listening, and the end of this process, kills the whole group.
 */
export async function* childOutput(options: ChildOptions): AsyncGenerator<string, ChildEnd> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-'));
  try {
    for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(directory, name), text);
    return yield* outputIn(directory, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function* outputIn(directory: string, options: ChildOptions): AsyncGenerator<string, ChildEnd> {
  const { command, signal, mostMs, graceMs, over } = options;
  const [name = ''] = command;
  const child = startIn(directory, command);
  if (child instanceof Error) return { failure: `${name} cannot be started: ${child.message}`, stderr: '' };
  const group = new Group(child);
  let stderr = '';
  let isOver = false;
  let wroteAt = performance.now();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MOST_STDERR);
    if (isOver || performance.now() - wroteAt < QUIET_MS || over?.test(stderr) !== true) return;
    isOver = true;
    group.kill();
  });
  let overdue = false;
  const stop = (): void => group.end(graceMs);
  const timer = setTimeout(() => {
    overdue = true;
    stop();
  }, mostMs);
  let leaving: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    child.stdout.setEncoding('utf8');
    for await (const text of child.stdout) {
      yield text as string;
      wroteAt = performance.now();
    }
    let stays = false;
    leaving = setTimeout(() => {
      stays = true;
      group.kill();
    }, LEAVE_MS);
    const { code, killed, error } = await group.ended;
    if (signal.aborted || isOver) return { failure: null, stderr };
    const failed = (why: string): ChildEnd => ({ failure: `${name} ${why}`, stderr });
    if (error !== null) return failed(`cannot be started: ${messageOf(error)}`);
    const why = said(stderr);
    if (overdue) return failed(`did not end within ${mostMs} ms and was stopped${why}`);
    if (stays) return failed(`closed its output and did not end${why}`);
    if (killed !== null) return failed(`was ended by ${killed}${why}`);
    return code === 0 ? { failure: null, stderr } : failed(`ended with ${code}${why}`);
  } finally {
    clearTimeout(timer);
    clearTimeout(leaving);
    signal.removeEventListener('abort', stop);
    group.kill();
    await group.ended;
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** An error for what `spawn` says at once, such as a list of arguments that is too long. */
function startIn(directory: string, command: readonly string[]): Child | Error {
  const [program = '', ...args] = [...BEFORE, ...command];
  try {
    return spawn(program, args, { cwd: directory, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
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

  constructor(child: Child) {
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
