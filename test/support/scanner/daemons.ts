import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Namespace } from './namespace.ts';

const LIMIT_MS = 10_000;
const LOOK_MS = 50;

/** A temporary directory with these files, removed when the test ends. */
export function aDirectory(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-daemon-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/**
 * Runs a daemon in the foreground inside the namespace, with a /run of its own, until the test ends; resolves when somebody holds the UDP
 * ports (`address:port`, as `ss` writes them). @throws with what it said when they are not held in time.
 */
export async function aDaemon(
  namespace: Namespace,
  command: readonly string[],
  ports: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  // The mounts of a process started by `ip netns exec` are its own.
  const script = 'mount -t tmpfs tmpfs /run && exec "$@"';
  const child = spawn('ip', ['netns', 'exec', namespace.name, 'sh', '-c', script, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, ...environment },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    endAllIn(namespace);
  });
  for (const until = Date.now() + LIMIT_MS; ;) {
    const held = (await namespace.run(['ss', '-Hlun'])).split(/\s+/);
    if (ports.every((port) => held.includes(port))) return;
    if (child.exitCode !== null || Date.now() > until) {
      throw new Error(`${command.join(' ')} does not hold ${ports.join(', ')} (exit ${child.exitCode}): ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Some daemons start others, which outlive them. */
function endAllIn({ name }: Namespace): void {
  for (const pid of execFileSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).split('\n')) {
    try {
      if (pid !== '') process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
