import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a command in a network namespace and returns its stdout. @throws when it fails. */
export async function spawnInside(namespace: string, command: readonly string[], input = ''): Promise<string> {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
  // Some programs end without reading.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${errors}`);
  return out;
}
