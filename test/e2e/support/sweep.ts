import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Change } from '../../../core/fingerprints/change.ts';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import { inNamespace } from '../../support/lab/commands.ts';
import type { Lab } from '../../support/lab/lab.ts';

const CLOUD = fileURLToPath(new URL('sweep-cloud.ts', import.meta.url));
const SCANNER = fileURLToPath(new URL('../../../fargate-scanner/main.ts', import.meta.url));

/** One shard at one address, of those whose scanner lived to tell. */
export interface Sweep {
  readonly address: string;
  readonly from: string;
  readonly until: string;
}

export interface SweepRecord {
  readonly run: TaskRun;
  readonly fingerprints: Fingerprint[];
  readonly changes: Change[];
  readonly findings: Finding[];
  /** What people were told of, in the order of the alerts. */
  readonly told: readonly { readonly address: string; readonly port: number }[];
  readonly sweeps: readonly Sweep[];
  readonly results: { readonly received: number };
}

/** The cloud of `sweep-cloud.ts` in the scanning namespace of a lab, with one run on its queue. */
export class SweepCloud {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  /** `seed`: of the order in which the shards come. */
  constructor(lab: Lab, directory: string, ports: string, seed: number) {
    const [program = '', ...args] = lab.inside;
    const of = [directory, ports, String(seed), ...lab.targets.v4];
    // Elsewhere it has machines of its own: it must not wait for the processor behind what scans.
    const first = ['nice', '-n', '-10', process.execPath, CLOUD];
    const child = spawn(program, [...args, ...first, ...of], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  env = (): Promise<Record<string, string>> => this.#ask('env');
  progress = (): Promise<TaskRun> => this.#ask('progress');
  /** Delivers some of the shards once more; how many. */
  again = (): Promise<number> => this.#ask('again');
  end = (): Promise<SweepRecord> => this.#ask('end');

  async #ask<T>(question: string): Promise<T> {
    this.#child.stdin.write(`${question}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`the cloud ended with ${this.#child.exitCode} before it answered`);
    return JSON.parse(line.value) as T;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }
}

/** The container's program in a process of its own, in the scanning namespace. What it logs goes to `log`. */
export function startScannerProcess(lab: Lab, env: Record<string, string>, log: string[]): ChildProcess {
  // `ip netns exec` becomes the program, so that a signal to the child is one to the scanner.
  const [program = '', ...args] = lab.inside;
  const child = spawn(program, [...args, process.execPath, SCANNER], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  createInterface({ input: child.stderr }).on('line', (line) => log.push(`${child.pid} ${line}`));
  return child;
}

/** Seconds of its rate that may reach an address at once: an engine saves up a twentieth, and its successor at the address has as much again. */
const BURST_SECONDS = 0.1;

/** Counts the SYNs that reach each address of a lab, and those that come faster than `rate` a second. */
export class SynCounter {
  readonly #lab: Lab;

  constructor(lab: Lab, rate: number) {
    this.#lab = lab;
    const set = (name: string, counter: string): string =>
      `set ${name} { type ipv4_addr; flags dynamic; size 512; ${counter} }`;
    const over = `limit rate over ${rate}/second burst ${rate * BURST_SECONDS} packets`;
    const rules = [
      'table inet pcl_count {',
      set('syns', 'counter;'),
      set('over', 'counter;'),
      set('pace', ''),
      'chain in { type filter hook prerouting priority -300;',
      'tcp flags syn / syn,ack update @syns { ip daddr }',
      `tcp flags syn / syn,ack update @pace { ip daddr ${over} } update @over { ip daddr }`,
      '}; }',
    ];
    inNamespace(lab.target, ['nft', '-f', '-'], rules.join('\n'));
  }

  total(): number {
    return this.#sumOf('syns');
  }

  /** SYNs above the rate, by the kernel's count of every packet. */
  over(): number {
    return this.#sumOf('over');
  }

  #sumOf(set: string): number {
    const text = inNamespace(this.#lab.target, ['nft', '-j', 'list', 'set', 'inet', 'pcl_count', set]);
    type Element = { elem: { counter: { packets: number } } };
    const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: Element[] } }[] };
    const elements = nftables.flatMap((one) => one.set?.elem ?? []);
    return elements.reduce((sum, { elem }) => sum + elem.counter.packets, 0);
  }
}
