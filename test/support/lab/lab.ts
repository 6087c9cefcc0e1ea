import { rulesOf } from './rules.ts';
import { DelayLine } from './delay-line.ts';
import { inNamespace, ip, waitForReady } from './commands.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Spread over well-known, registered and ephemeral ports. */
export const OPEN_PORTS = [22, 80, 443, 1025, 3306, 6379, 8080, 11_211, 27_017, 40_000, 54_321, 65_535] as const;
const MOST_HOSTS = 256;
/** Of the Ethernet interface, in both namespaces. */
export const INTERFACE = 'lab0';

/** What happens to a SYN for a port that is not open: RST by the kernel, dropped by the host's firewall, or dropped as it comes off the wire. */
type Silence = 'closed' | 'dropped' | 'ingress';

export interface Conditions {
  readonly silence: Silence;
  /** Per cent of the TCP packets that are lost, each way. */
  readonly lossPercent: number;
  /** Milliseconds by which everything comes back later. */
  readonly rttMs: number;
}

/** A namespace that scans and one that is scanned, joined by a veth pair; twelve real listeners at every address of the second. Needs root. */
export interface Lab {
  /** Names of the namespaces. */
  readonly scanner: string;
  readonly target: string;
  /** What runs before a command so that it runs in the scanning namespace. */
  readonly inside: readonly string[];
  readonly source: { readonly v4: string; readonly v6: string };
  readonly targets: { readonly v4: readonly string[]; readonly v6: readonly string[] };
  readonly targetMac: string;
  /** A change holds when it resolves. At first: closed, no loss, no delay. */
  set(conditions: Conditions): Promise<void>;
  /** Packets that reached the targets, and that left them, since the lab was made. */
  packets(): { readonly arrived: number; readonly left: number };
  /** Ends whatever runs in the namespaces and removes them. This also happens when this process ends in any way, SIGKILL included. */
  remove(): Promise<void>;
}

const SOURCE = { v4: '10.213.0.1', v6: 'fd00:213::1' } as const;
let made = 0;

/** `hosts`: 1 to 256 target addresses of each family. @throws when it cannot be made; then nothing is left behind. */
export async function makeLab({ hosts = 1 }: { hosts?: number } = {}): Promise<Lab> {
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > MOST_HOSTS) {
    throw new Error(`a lab has 1 to ${MOST_HOSTS} hosts, not ${hosts}`);
  }
  made += 1;
  const name = `pcl-${process.pid}-${made}`;
  const [scanner, target] = [`${name}-s`, `${name}-t`];
  const targets = {
    v4: Array.from({ length: hosts }, (_, i) => `10.213.${1 + ((i + 1) >> 8)}.${(i + 1) & 255}`),
    v6: Array.from({ length: hosts }, (_, i) => `fd00:213::1:${(i + 1).toString(16)}`),
  };
  const remove = keep(scanner, target);
  try {
    for (const namespace of [scanner, target]) {
      ip('netns', 'add', namespace);
      ip('-n', namespace, 'link', 'set', 'lo', 'up');
    }
    ip('-n', scanner, 'link', 'add', INTERFACE, 'type', 'veth', 'peer', 'name', INTERFACE, 'netns', target);
    addAddresses(scanner, [SOURCE.v4], [SOURCE.v6]);
    addAddresses(target, targets.v4, targets.v6);
    for (const namespace of [scanner, target]) ip('-n', namespace, 'link', 'set', INTERFACE, 'up');
    inNamespace(target, ['sysctl', '-qw', 'net.core.somaxconn=4096', 'net.ipv4.conf.all.rp_filter=0']);
    const script = fileURLToPath(new URL('listeners.ts', import.meta.url));
    await waitForReady(
      spawn('ip', ['netns', 'exec', target, process.execPath, script, OPEN_PORTS.join(',')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    const delay = new DelayLine({ target, device: INTERFACE, mac: macOf(scanner), to: SOURCE });
    return {
      scanner,
      target,
      inside: ['ip', 'netns', 'exec', scanner],
      source: SOURCE,
      targets,
      targetMac: macOf(target),
      async set(conditions) {
        await delay.set(conditions.rttMs);
        const rules = rulesOf({ ...conditions, open: OPEN_PORTS, device: INTERFACE, way: delay.device });
        inNamespace(target, ['nft', '-f', '-'], rules);
      },
      packets() {
        const { rx, tx } = statistics(target);
        return { arrived: rx, left: tx };
      },
      remove,
    };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** A process of its own that waits until this one lets go of it, and then removes the namespaces with what runs in them. */
function keep(...namespaces: readonly string[]): () => Promise<void> {
  const each = namespaces.map((name) => `kill -9 $(ip netns pids ${name}) ; ip netns del ${name}`);
  const script = `trap '' INT TERM HUP; cat > /dev/null; exec 2> /dev/null; ${each.join('; ')}; exit 0`;
  const child = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = once(child, 'exit');
  // A program that forgets its lab may end; the lab goes with it.
  child.unref();
  return async () => {
    child.ref();
    child.stdin.end();
    await ended;
  };
}

function addAddresses(namespace: string, v4: readonly string[], v6: readonly string[]): void {
  const lines = [
    ...v4.map((address) => `addr add ${address}/16 dev ${INTERFACE}`),
    ...v6.map((address) => `addr add ${address}/64 dev ${INTERFACE} nodad`),
  ];
  ip.batch(namespace, lines);
}

interface Link {
  readonly address: string;
  readonly stats64: { readonly rx: { readonly packets: number }; readonly tx: { readonly packets: number } };
}

function link(namespace: string): Link {
  const [only] = JSON.parse(ip('-n', namespace, '-j', '-s', 'link', 'show', INTERFACE)) as Link[];
  if (only === undefined) throw new Error(`${namespace} has no ${INTERFACE}`);
  return only;
}

const macOf = (namespace: string): string => link(namespace).address;

function statistics(namespace: string): { rx: number; tx: number } {
  const { rx, tx } = link(namespace).stats64;
  return { rx: rx.packets, tx: tx.packets };
}
