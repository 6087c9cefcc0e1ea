import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../core/errors.ts';
import { feedCredit } from '../credit.ts';
import type { Engine } from '../engine.ts';
import { AddressTimes } from './address-times.ts';
import { loadLibc } from '../sockets/libc.ts';
import { CREDIT, type WorkerMessage } from './messages.ts';
import { closeLeft } from '../sockets/open-sockets.ts';
import { ScanRelay } from './scan-relay.ts';
import { synsOfTry, workerJobOf } from './worker-job.ts';
import { type ScanThread, scanThreads, type ScanThreadLike } from './threads.ts';

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
      const cell = job.control.subarray(CREDIT, CREDIT + 1);
      const credit = asked.shared === null ? null : feedCredit(asked.shared, asked.rate, cell);
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
        credit?.end();
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
