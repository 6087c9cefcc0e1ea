import { readFileSync } from 'node:fs';
import { windowOf } from '../../../core/scanning/limits.ts';
import type { Engine, EngineEvent, ScanJob } from '../engine.ts';
import type { MakeDialer } from './dialer.ts';
import { handleDialer } from './handle-dialer.ts';
import { netDialer } from './net-dialer.ts';
import { Sweep } from './sweep.ts';

/** Assumed where the system does not tell: the smallest soft limit in use. */
const FEWEST_DESCRIPTORS = 1_024;

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
  const share = options.share ?? 1;
  return {
    name: 'connect',
    scan: (job, signal) => events(job, signal, makeDialer, options.nofile ?? descriptorLimit(), share),
  };
}

async function* events(
  job: ScanJob,
  signal: AbortSignal,
  makeDialer: MakeDialer,
  nofile: number,
  share: number,
): AsyncGenerator<EngineEvent> {
  let inbox: EngineEvent[] = [];
  let wake = (): void => undefined;
  const window = windowOf({ nofile, share, rate: job.rate, timeoutMs: job.timeoutMs });
  const emit = (event: EngineEvent): void => {
    inbox.push(event);
    wake();
  };
  const sweep = new Sweep({ job, window, makeDialer, emit });
  const stop = (): void => sweep.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for (;;) {
      const batch = inbox;
      inbox = [];
      for (const event of batch) {
        yield event;
        if (event.kind === 'done') return;
      }
      if (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    sweep.abandon();
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
