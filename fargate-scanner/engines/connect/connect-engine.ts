import { readFileSync } from 'node:fs';
import { windowOf } from '../../../core/scanning/limits.ts';
import type { Engine, EngineEvent, ScanTarget } from '../engine.ts';
import { TokenBucket } from '../../../core/scanning/pacing.ts';
import type { MakeDialer } from './dialer.ts';
import { handleDialer } from './handle-dialer.ts';
import { netDialer } from './net-dialer.ts';
import { Sweep } from './sweep.ts';

/** Assumed where the system does not tell: the smallest soft limit in use. */
const FEWEST_DESCRIPTORS = 1_024;
/** A pace is worth trying at once this long after it was last kept. */
const PROVEN_MS = 60_000;

export interface ConnectEngineOptions {
  /** Part (0-1] of the sockets this engine may hold when others scan in the same process. Default 1. */
  readonly share?: number;
  readonly makeDialer?: MakeDialer;
  /** File descriptors this process may open. Default: its soft limit. */
  readonly nofile?: number;
}

/** The engine that needs no privilege: full TCP connections, closed by RST. */
export function connectEngine(options: ConnectEngineOptions = {}): Engine {
  const makeDialer = options.makeDialer ?? handleDialer() ?? netDialer;
  const nofile = options.nofile ?? descriptorLimit();
  const share = options.share ?? 1;
  const addressRates = new AddressRates();
  let proven = { pace: 0, at: -Infinity };

  return {
    name: 'connect',
    async *scan(asked, signal) {
      const job = { ...asked, targets: asked.targets.filter((target) => !target.ports.isEmpty) };
      const inbox = new Inbox<EngineEvent>();
      const sweep = new Sweep({
        job,
        window: windowOf({ nofile, share, rate: job.rate, timeoutMs: job.timeoutMs }),
        startRate: performance.now() - proven.at < PROVEN_MS ? proven.pace : 0,
        bucketOf: (target) => addressRates.take(target),
        makeDialer,
        emit: (event) => inbox.put(event),
      });
      const stop = (): void => sweep.stop();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      try {
        for (;;) {
          const event = await inbox.next();
          yield event;
          if (event.kind === 'done') return;
        }
      } finally {
        signal.removeEventListener('abort', stop);
        proven = { pace: sweep.pace, at: performance.now() };
        sweep.abandon();
        for (const target of job.targets) addressRates.giveBack(target);
      }
    },
  };
}

/** One token bucket for each address being scanned, so that two jobs on one address do not double its rate. */
class AddressRates {
  readonly #inUse = new Map<string, { bucket: TokenBucket; jobs: number }>();

  take({ address, rate }: ScanTarget): TokenBucket | null {
    if (rate === null) return null;
    const known = this.#inUse.get(address) ?? { bucket: new TokenBucket(rate, performance.now()), jobs: 0 };
    known.jobs += 1;
    this.#inUse.set(address, known);
    return known.bucket;
  }

  giveBack({ address, rate }: ScanTarget): void {
    const known = this.#inUse.get(address);
    if (rate === null || known === undefined) return;
    known.jobs -= 1;
    if (known.jobs === 0) this.#inUse.delete(address);
  }
}

/** What was put in, in order, to whoever waits for it. */
class Inbox<T> {
  #items: T[] = [];
  #wake: (() => void) | null = null;

  put(item: T): void {
    this.#items.push(item);
    this.#wake?.();
  }

  async next(): Promise<T> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** The soft limit of open files. Node raises its soft limit to the hard one at start. */
function descriptorLimit(): number {
  try {
    const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    if (line?.[1] === undefined) return FEWEST_DESCRIPTORS;
    return line[1] === 'unlimited' ? Infinity : Number(line[1]);
  } catch {
    return FEWEST_DESCRIPTORS;
  }
}
