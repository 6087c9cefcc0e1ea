import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What people run today: `nmap -sT -oG -` every `everyMs` and a diff of what it found with the time before. A pair counts as
 * noticed at the end of the first scan that shows it, which is when a diff can be made.
 */
export class NmapLoop {
  /** `address:port` -> monotonic milliseconds. */
  readonly noticed = new Map<string, number>();
  readonly scanMs: number[] = [];
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: { targets: string; ports: string; everyMs: number }) {
    this.#loop = this.#run(options);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run({ targets, ports, everyMs }: { targets: string; ports: string; everyMs: number }): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const grepable = await scan(['-sT', '-Pn', '-n', '-T4', '-p', ports, '-oG', '-', targets]);
      const now = performance.now();
      this.scanMs.push(now - startedAt);
      for (const pair of openPairs(grepable)) if (!this.noticed.has(pair)) this.noticed.set(pair, now);
      await sleep(Math.max(0, everyMs - (now - startedAt)), undefined, { signal }).catch(() => undefined);
    }
  }
}

async function scan(args: readonly string[]): Promise<string> {
  const child = spawn('nmap', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`nmap ended with ${code}`);
  return text;
}

function* openPairs(grepable: string): Generator<string> {
  for (const [, address, ports] of grepable.matchAll(/^Host: (\S+) .*?\tPorts: (.*)$/gm)) {
    for (const [, port] of (ports ?? '').matchAll(/(\d+)\/open\//g)) yield `${address}:${port}`;
  }
}
