import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ForgerJob } from './forger.ts';
import { spawnInside } from './inside.ts';
import type { SynJob, SynResult } from './syn-child.ts';

let made = 0;
const LISTENERS = new URL('../lab/listeners.ts', import.meta.url);
const FORGER = new URL('forger.ts', import.meta.url);
const SYN_CHILD = new URL('syn-child.ts', import.meta.url);

/** A network namespace of a `NetworkLab`. */
export interface Place {
  /** Runs a command inside and returns its stdout. @throws when it fails. */
  run(command: readonly string[], input?: string): Promise<string>;
  /** `ip -batch` with these lines. */
  ip(...lines: readonly string[]): void;
  nft(rules: string): Promise<string>;
  /** Starts a script until the test ends; resolves when it has printed something. */
  serve(script: URL, ...args: readonly string[]): Promise<void>;
  listen(ports: readonly number[]): Promise<void>;
  forge(job: ForgerJob): Promise<void>;
  scan(job: SynJob): Promise<SynResult>;
  /** Packets that a named nft counter of table `inet lab` has seen. */
  counted(counter: string): Promise<number>;
}

export interface NetworkLab<Name extends string> {
  readonly places: Readonly<Record<Name, Place>>;
  /** An Ethernet cable between two places, each end down, with these device names. */
  cable(a: Name, deviceA: string, b: Name, deviceB: string): void;
}

/** Network namespaces of these names, with loopback up and nothing else, removed when the test ends. Needs root, ip and nft. */
export function aNetworkLab<Name extends string>(...names: readonly Name[]): NetworkLab<Name> {
  made += 1;
  const full = (name: string): string => `pce-${process.pid}-${made}${name}`;
  const ip = (...args: readonly string[]): void =>
    void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of names) {
    ip('netns', 'add', full(name));
    onTestFinished(() => remove(full(name)));
    ip('-n', full(name), 'link', 'set', 'lo', 'up');
  }
  return {
    places: Object.fromEntries(names.map((name) => [name, placeOf(full(name))])) as Record<Name, Place>,
    cable: (a, deviceA, b, deviceB) =>
      ip('-n', full(a), 'link', 'add', deviceA, 'type', 'veth', 'peer', 'name', deviceB, 'netns', full(b)),
  };
}

/** Other programs that add namespaces at this moment can be in the way of a removal. */
function remove(namespace: string): void {
  for (let tries = 5; existsSync(`/run/netns/${namespace}`); tries -= 1) {
    try {
      execFileSync('ip', ['netns', 'del', namespace], { stdio: 'pipe' });
    } catch (error) {
      if (tries <= 1) throw error;
    }
  }
}

function placeOf(namespace: string): Place {
  const run = (command: readonly string[], input?: string): Promise<string> => spawnInside(namespace, command, input);
  const serve = async (script: URL, ...args: readonly string[]): Promise<void> => {
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, fileURLToPath(script), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    await once(child.stdout, 'data');
  };
  return {
    run,
    ip: (...lines) => void execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${lines.join('\n')}\n` }),
    nft: (rules) => run(['nft', '-f', '-'], rules),
    serve,
    listen: (ports) => serve(LISTENERS, ports.join(',')),
    forge: (job) => serve(FORGER, JSON.stringify(job)),
    scan: async (job) =>
      JSON.parse(await run([process.execPath, fileURLToPath(SYN_CHILD), JSON.stringify(job)])) as SynResult,
    async counted(counter) {
      const [, count] = /packets (\d+)/.exec(await run(['nft', 'list', 'counter', 'inet', 'lab', counter])) ?? [];
      return Number(count);
    },
  };
}

/** Resolves when `holds` does. @throws when it does not within ten seconds. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what} did not happen within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const SCANNER = { four: '10.210.0.1', six: 'fd00:210::1' } as const;
export const TARGET = { four: '10.210.0.2', six: 'fd00:210::2' } as const;

/** A scanner and a target on one cable, `eth0` at both ends. */
export function twoPlaces(): { scanner: Place; target: Place } {
  const lab = aNetworkLab('s', 't');
  lab.cable('s', 'eth0', 't', 'eth0');
  const { s: scanner, t: target } = lab.places;
  scanner.ip(`addr add ${SCANNER.four}/24 dev eth0`, `addr add ${SCANNER.six}/64 dev eth0 nodad`, 'link set eth0 up');
  target.ip(`addr add ${TARGET.four}/24 dev eth0`, `addr add ${TARGET.six}/64 dev eth0 nodad`, 'link set eth0 up');
  return { scanner, target };
}
