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

export interface SweepRecord {
  readonly run: TaskRun;
  readonly fingerprints: Fingerprint[];
  readonly changes: Change[];
  readonly findings: Finding[];
  readonly results: { readonly received: number };
}

/** The cloud of `sweep-cloud.ts` in the scanning namespace of a lab, with one run on its queue. */
export class SweepCloud {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(lab: Lab, directory: string, ports: string) {
    const [program = '', ...args] = lab.inside;
    const child = spawn(program, [...args, process.execPath, CLOUD, directory, ports, ...lab.targets.v4], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  env = (): Promise<Record<string, string>> => this.#ask('env');
  progress = (): Promise<TaskRun> => this.#ask('progress');
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

interface Sample {
  /** Milliseconds of a monotonic clock: the counters were read in between. */
  readonly before: number;
  readonly after: number;
  readonly syns: ReadonlyMap<string, number>;
}

/** Counts the SYNs that reach each address of a lab. */
export class SynCounter {
  readonly #lab: Lab;
  readonly #samples: Sample[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
    const rules = [
      'table inet pcl_count { set syns { type ipv4_addr; flags dynamic; size 512; counter; }',
      'chain in { type filter hook prerouting priority -300;',
      'tcp flags syn / syn,ack update @syns { ip daddr }',
      '}; }',
    ];
    inNamespace(lab.target, ['nft', '-f', '-'], rules.join('\n'));
    this.sample();
  }

  sample(): void {
    const before = performance.now();
    const text = inNamespace(this.#lab.target, ['nft', '-j', 'list', 'set', 'inet', 'pcl_count', 'syns']);
    const after = performance.now();
    type Element = { elem: { val: string; counter: { packets: number } } };
    const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: Element[] } }[] };
    const elements = nftables.flatMap(({ set }) => set?.elem ?? []);
    this.#samples.push({ before, after, syns: new Map(elements.map(({ elem }) => [elem.val, elem.counter.packets])) });
  }

  /** SYNs a second to one address at most, between samples at least `ms` apart: too low rather than too high. */
  most(ms: number): number {
    let most = 0;
    for (const [i, first] of this.#samples.entries()) {
      const last = this.#samples.slice(i + 1).find(({ before }) => before - first.after >= ms);
      if (last === undefined) continue;
      for (const [address, packets] of last.syns) {
        most = Math.max(most, ((packets - (first.syns.get(address) ?? 0)) * 1_000) / (last.after - first.before));
      }
    }
    return most;
  }

  total(): number {
    return [...(this.#samples.at(-1)?.syns.values() ?? [])].reduce((sum, packets) => sum + packets, 0);
  }
}
