import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Emulator {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds; 2 to 4 s is usual when nothing else runs. */
const START_LIMIT_MS = 90_000;

/** Milliseconds for the hook that starts an emulator. */
export const STARTS_WITHIN_MS = START_LIMIT_MS + 10_000;

/** Ends the group of processes when file descriptor 3 closes: also when this process is killed, no emulator stays behind. */
const UNTIL_PARENT_ENDS = '(cat >/dev/null <&3; kill -KILL 0) & exec "$@" 3<&-';

/** Starts a server on a free port of 127.0.0.1 and resolves when it answers. */
export async function startEmulator(name: string, command: (port: number) => readonly string[]): Promise<Emulator> {
  const port = await freePort();
  const child = spawn('sh', ['-c', UNTIL_PARENT_ENDS, name, ...command(port)], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const said = lastOutput(child);
  const url = `http://127.0.0.1:${port}`;
  const close = () => end(child);
  const deadline = AbortSignal.timeout(START_LIMIT_MS);
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null || deadline.aborted) {
      await close();
      throw new Error(`${name} does not answer at ${url}. It printed: ${said()}`);
    }
    await wait(50);
  }
  return { url, close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function lastOutput(child: ChildProcess): () => string {
  let output = '';
  const add = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000));
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => output.trim() || 'nothing';
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
    child.stdio[3]?.destroy();
    return;
  }
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await exited;
}
