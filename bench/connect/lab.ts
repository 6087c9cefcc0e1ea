import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Spread over well-known, registered and ephemeral ports. */
export const OPEN_PORTS = [22, 80, 443, 1025, 3306, 6379, 8080, 11_211, 27_017, 40_000, 54_321, 65_535] as const;
export const TARGET = '10.213.77.2';
const SOURCE = '10.213.77.1';

/** Two private network namespaces joined by a veth pair, with twelve listeners in the second. Needs root. */
export interface Lab {
  /** Runs before a command make it run in the scanning namespace. */
  readonly inside: readonly string[];
  /** Drops every SYN to a port that is not open, as a security group does; false: such ports answer RST. */
  filter(on: boolean): void;
  /** Ends the listeners and removes both namespaces. */
  remove(): Promise<void>;
}

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });

/** @throws when it cannot be made; then nothing is left behind. */
export async function makeLab(): Promise<Lab> {
  const [from, to] = [`pcb-${process.pid}-a`, `pcb-${process.pid}-b`];
  const made: string[] = [];
  const undo = (): void => {
    for (const name of made.splice(0)) ip('netns', 'del', name);
  };
  try {
    for (const name of [from, to]) {
      ip('netns', 'add', name);
      made.push(name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    ip('-n', from, 'link', 'add', 'lab0', 'type', 'veth', 'peer', 'name', 'lab0', 'netns', to);
    for (const [name, address] of [
      [from, SOURCE],
      [to, TARGET],
    ] as const) {
      ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'lab0');
      ip('-n', name, 'link', 'set', 'lab0', 'up');
    }
    const stopListeners = await startListeners(to);
    return {
      inside: ['ip', 'netns', 'exec', from],
      filter(on) {
        const rules = on
          ? `table inet lab { chain input { type filter hook input priority 0; tcp flags syn / syn,ack tcp dport != { ${OPEN_PORTS.join(', ')} } drop; }; }`
          : 'flush ruleset';
        execFileSync('ip', ['netns', 'exec', to, 'nft', '-f', '-'], { input: rules });
      },
      async remove() {
        await stopListeners();
        undo();
      },
    };
  } catch (thrown) {
    undo();
    throw thrown;
  }
}

async function startListeners(namespace: string): Promise<() => Promise<void>> {
  const script = fileURLToPath(new URL('listeners.ts', import.meta.url));
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, script, TARGET, OPEN_PORTS.join(',')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => {
      throw new Error('the listeners of the lab did not start');
    }),
  ]);
  return async () => {
    child.kill();
    await ended;
  };
}
