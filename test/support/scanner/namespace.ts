import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

let made = 0;

export interface Namespace {
  readonly name: string;
  /** Runs a command inside and returns its stdout. @throws when it fails. */
  run(command: readonly string[], input?: string): Promise<string>;
  /** Listens on these ports of `address` until the test ends. */
  listen(address: string, ports: readonly number[]): Promise<void>;
}

const LISTENER = `
  const { createServer } = require('node:net');
  const [address, ports] = process.argv.slice(1);
  let left = ports.split(',').length;
  for (const port of ports.split(',')) {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    server.listen(Number(port), address, () => { left -= 1; if (left === 0) console.log('ready'); });
  }
`;

/** A network namespace with nothing but loopback and these addresses on it, removed when the test ends. Needs root and ip. */
export function aNamespace(...addresses: string[]): Namespace {
  made += 1;
  const name = `pct-${process.pid}-${made}`;
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  ip('netns', 'add', name);
  onTestFinished(() => ip('netns', 'del', name));
  ip('-n', name, 'link', 'set', 'lo', 'up');
  for (const address of addresses) ip('-n', name, 'addr', 'add', address, 'dev', 'lo');
  const inside = ['netns', 'exec', name];
  return {
    name,
    async run(command, input) {
      const child = spawn('ip', [...inside, ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
      let [out, errors] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (part: string) => (out += part));
      child.stderr.setEncoding('utf8').on('data', (part: string) => (errors += part));
      // A short command may be over before it could read.
      child.stdin.on('error', () => undefined).end(input ?? '');
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${errors}`);
      return out;
    },
    async listen(address, ports) {
      const child = spawn('ip', [...inside, process.execPath, '-e', LISTENER, address, ports.join(',')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(async () => {
        child.kill();
        await once(child, 'exit');
      });
      await once(child.stdout, 'data');
    },
  };
}
