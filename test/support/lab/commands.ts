import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';

const LIMIT_MS = 20_000;

/** Runs `ip`. @throws with what it said. */
export function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', timeout: LIMIT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Many commands of `ip` in one namespace. */
ip.batch = (namespace: string, lines: readonly string[]): void => {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    timeout: LIMIT_MS,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
};

/** Runs a command in a network namespace. @throws with what it said. */
export function inNamespace(namespace: string, command: readonly string[], input = ''): string {
  const options = { encoding: 'utf8', input, timeout: LIMIT_MS, stdio: 'pipe' } as const;
  return execFileSync('ip', ['netns', 'exec', namespace, ...command], options);
}

/** Resolves when the program has written its first line. @throws when it ends before. */
export async function waitForReady(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('its output is not a pipe');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended with ${code} before it was ready`);
  });
  await Promise.race([once(child.stdout, 'data'), ended]);
  // From here on its end is somebody else's business.
  ended.catch(() => undefined);
}
