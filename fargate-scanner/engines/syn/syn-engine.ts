import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../core/errors.ts';
import type { Engine, ScanJob } from '../engine.ts';
import { AddressTimes } from './address-times.ts';
import { loadLibc } from './libc.ts';
import { CREDIT, type WorkerMessage } from './messages.ts';
import { closeLeft } from './open-sockets.ts';
import { ScanRelay } from './scan-relay.ts';
import { synsOfTry, workerJobOf } from './worker-job.ts';
import { type ScanThread, scanThreads, type ScanThreadLike } from './threads.ts';

/** How often tokens that other jobs take from too are handed to the thread, and for how long they last (ms). */
const CREDIT_MS = 5;
const CREDIT_LASTS_MS = 20;

export interface SynEngineOptions {
  /** Send every packet through the kernel's routing, firewall and queues. Default: only where there is no Ethernet. */
  readonly kernelOnly?: boolean;
  /** Bytes of the receive buffer. */
  readonly receiveBuffer?: number;
  readonly makeThread?: () => ScanThreadLike;
}

/**
 * The engine that sends SYNs itself, in a thread of its own, and remembers nothing but two bits a port. Needs Linux, koffi and
 * CAP_NET_RAW (`chooseEngine` finds out). A thread that ends takes no evidence with it: what was not told is `unknown`.
 */
export function synEngine(options: SynEngineOptions = {}): Engine {
  const threads = scanThreads(options.makeThread);
  const times = new AddressTimes();
  return {
    name: 'syn',
    async *scan(asked, signal) {
      const targets = asked.targets.filter((target) => !target.ports.isEmpty);
      if (targets.length === 0 || signal.aborted) {
        yield { kind: 'done', complete: targets.length === 0, probes: 0 };
        return;
      }
      const { order, job } = workerJobOf({ ...asked, targets }, times, randomBytes(12), options);
      const relay = new ScanRelay(order, job.control, synsOfTry(asked.timeoutMs));
      const stop = (): void => relay.stop();
      const feeding = feed(asked, job.control);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      let thread: ScanThread | null = null;
      try {
        thread = threads.take({
          heard: (message: WorkerMessage) => relay.heard(message),
          died: (thrown: unknown) => relay.failed(`worker-crashed: ${messageOf(thrown)}`),
        });
        thread.order(job);
        yield* relay.events();
      } finally {
        signal.removeEventListener('abort', stop);
        clearInterval(feeding);
        if (thread !== null && relay.ended) await threads.giveBack(thread);
        else {
          relay.drop();
          if (thread !== null) await threads.end(thread);
          if (job.sockets.some((fd) => fd !== 0)) closeLeft(loadLibc(), job.sockets);
        }
        times.giveBack(targets);
      }
    },
  };
}

/** Hands the thread tokens of the source that other jobs take from too, a few milliseconds' worth at a time. */
function feed(job: ScanJob, control: Int32Array): NodeJS.Timeout | undefined {
  const { shared, rate } = job;
  if (shared === null) return undefined;
  const most = Math.max(1, Math.ceil((rate * CREDIT_LASTS_MS) / 1_000));
  const give = (): void => {
    const room = most - Atomics.load(control, CREDIT);
    const tokens = Math.min(room, Math.floor(shared.available(performance.now())));
    for (let i = 0; i < tokens; i += 1) shared.take();
    if (tokens > 0) Atomics.add(control, CREDIT, tokens);
  };
  give();
  return setInterval(give, CREDIT_MS);
}
