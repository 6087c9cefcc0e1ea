import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { spawnInside } from './inside.ts';

let made = 0;

export interface LinkLab {
  /** Runs a command on the scanner's side and returns its stdout. @throws when it fails. */
  scanner(command: readonly string[], input?: string): Promise<string>;
  /** Runs a command on the target's side. */
  target(command: readonly string[], input?: string): Promise<string>;
  /** Starts Node with this script on the target's side until the test ends; resolves when it has printed something. */
  serve(script: string, ...args: string[]): Promise<void>;
  /** Listens on these ports of every address of the target. */
  listen(ports: readonly number[]): Promise<void>;
}

const LISTENER = `
  const { createServer } = require('node:net');
  const ports = process.argv[1].split(',');
  let left = ports.length;
  for (const port of ports) {
    const server = createServer((socket) => socket.on('error', () => undefined).resume());
    server.listen(Number(port), '::', () => { left -= 1; if (left === 0) console.log('ready'); });
  }
`;

/**
 * Two network namespaces with an Ethernet link between them: the scanner is 10.209.2.1 and fd00:209::1, the target has `hosts` addresses from
 * 10.209.2.2 and fd00:209::2 on. Removed when the test ends. Needs root and ip.
 */
export function aLinkLab(hosts = 1): LinkLab {
  made += 1;
  const [here, there] = ['s', 't'].map((side) => `pcl-${process.pid}-${made}${side}`) as [string, string];
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of [here, there]) {
    ip('netns', 'add', name);
    onTestFinished(() => ip('netns', 'del', name));
  }
  ip('-n', here, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth0', 'netns', there);
  const addresses = (last: number): string[] => [
    `addr add 10.209.2.${last}/24 dev veth0`,
    `addr add fd00:209::${last.toString(16)}/64 dev veth0 nodad`,
  ];
  const batch = (name: string, lines: readonly string[]): void =>
    void execFileSync('ip', ['-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  const up = ['link set lo up', 'link set veth0 up'];
  batch(here, [...addresses(1), ...up]);
  batch(there, [...Array.from({ length: hosts }, (_, i) => addresses(i + 2)).flat(), ...up]);
  const serve = async (script: string, ...args: string[]): Promise<void> => {
    const child = spawn('ip', ['netns', 'exec', there, process.execPath, '-e', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      child.kill();
      await once(child, 'exit');
    });
    await once(child.stdout, 'data');
  };
  return {
    scanner: (command, input) => spawnInside(here, command, input),
    target: (command, input) => spawnInside(there, command, input),
    serve,
    listen: (ports) => serve(LISTENER, ports.join(',')),
  };
}
