import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../../local/bootstrap/node-flags.mjs';

export { closeListener as close, openListener as listen } from '../../../local/demo/sockets.ts';

const MAIN = new URL('../../../local/main.ts', import.meta.url).pathname;

export interface UpOptions {
  dataDir: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** Started through this command, which must become the program (`exec`): `setpriv`, `unshare`. */
  through?: readonly string[];
}

/** A real `portcullis up` in its own process, with what it printed. */
export class RunningPortcullis {
  readonly process: ChildProcess;
  readonly dataDir: string;
  out = '';
  err = '';
  url = '';

  private constructor(options: UpOptions) {
    this.dataDir = options.dataDir;
    const [program, ...before] = [...(options.through ?? []), process.execPath, ...NODE_FLAGS, MAIN];
    this.process = spawn(
      program,
      [...before, 'up', '--data', options.dataDir, '--listen', '127.0.0.1:0', ...options.args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...NODE_ENVIRONMENT, ...process.env, ...options.env },
        cwd: options.dataDir,
      },
    );
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.err += text));
  }

  static async start(options: UpOptions): Promise<RunningPortcullis> {
    const running = new RunningPortcullis(options);
    const ready = await running.waitForOutput(/^ready (http:\/\/\S+)$/m, 30_000);
    running.url = ready[1] as string;
    return running;
  }

  /** The first match in what was printed on stdout so far or soon. */
  async waitForOutput(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    return eventually(
      async () => {
        const match = pattern.exec(this.out);
        if (match) return match;
        if (this.process.exitCode !== null)
          throw new Gone(`portcullis ended with ${this.process.exitCode}:\n${this.err}`);
        return undefined;
      },
      timeoutMs,
      () => `nothing like ${pattern} on stdout:\n${this.out}\nstderr:\n${this.err}`,
    );
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: unknown = {}): Promise<T> {
    const token = (await readFile(join(this.dataDir, 'api-token'), 'utf8')).trim();
    const response = await fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async alerts(): Promise<AlertLine[]> {
    return readAlerts(this.dataDir);
  }

  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exited = once(this.process, 'exit');
    this.process.kill(signal);
    await exited;
    return this.process.exitCode;
  }
}

class Gone extends Error {}

export interface AlertLine {
  id: string;
  group: string;
  title: string;
  items: {
    findingId: string;
    account: string | null;
    region: string | null;
    admittedBy: string | null;
    kind: string;
    occurrence: number;
    address: string;
    port: number;
  }[];
}

export async function readAlerts(dataDir: string): Promise<AlertLine[]> {
  const text = await readFile(join(dataDir, 'alerts.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AlertLine);
}

/** Polls until `read` gives something other than undefined. */
export async function eventually<T>(
  read: () => Promise<T | undefined>,
  timeoutMs: number,
  explain: () => string,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`gave up after ${timeoutMs} ms: ${explain()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** When a command is interrupted: once stderr says that, or once this is so. */
type When = string | (() => boolean);

/** Runs one command of the real program to its end; killed after 20 s. With `interruptAt`, Ctrl-C or `signal` comes then. */
export async function runVerb(
  args: readonly string[],
  {
    cwd,
    through = [],
    interruptAt,
    signal = 'SIGINT',
  }: { cwd: string; through?: readonly string[]; interruptAt?: When; signal?: NodeJS.Signals },
): Promise<Ended> {
  const [program, ...before] = [...through, process.execPath, MAIN];
  const child = spawn(program, [...before, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  let [out, err] = ['', ''];
  const isDue = (): boolean =>
    interruptAt !== undefined && (typeof interruptAt === 'string' ? err.includes(interruptAt) : interruptAt());
  const watch = setInterval(() => {
    if (!isDue()) return;
    clearInterval(watch);
    child.kill(signal);
  }, 10);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  return { code, out, err };
}

export async function temporaryDataDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-e2e-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A real listener that accepts and ends every connection. */
/** Undoes everything, last first, even if one of them fails: what one test leaves behind fails the next. */
export async function undo(cleanups: (() => Promise<unknown>)[]): Promise<void> {
  const problems: unknown[] = [];
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup().catch((problem) => problems.push(problem));
  if (problems.length > 0) throw new AggregateError(problems, 'what a test made could not be undone');
}

/** What a client sees: `open`, or the errno of the refusal, or `silent`. */
export async function tryConnect(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1_500 });
    const done = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => done('open'));
    socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    socket.on('timeout', () => done('silent'));
  });
}
