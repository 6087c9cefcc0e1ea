import { randomBytes } from 'node:crypto';
import { messageOf } from '../../../core/errors.ts';
import { feedCredit } from '../credit.ts';
import type { EngineEvent, ScanJob } from '../engine.ts';
import { loadLibc } from '../sockets/libc.ts';
import { closeLeft } from '../sockets/open-sockets.ts';
import type { AddressTimes } from './address-times.ts';
import { CREDIT, type WorkerJob, type WorkerMessage } from './messages.ts';
import { ScanRelay } from './scan-relay.ts';
import type { ScanThread, ScanThreads } from './threads.ts';
import { synsOfTry, type WorkerJobOptions, workerJobOf } from './worker-job.ts';

/** A job, or a share of one, done by one thread. */
export class ThreadScan {
  readonly #asked: ScanJob;
  readonly #threads: ScanThreads;
  readonly #times: AddressTimes;
  readonly #job: WorkerJob;
  readonly #relay: ScanRelay;

  /** `asked`: every target has ports. The thread is taken when the first event is asked for. */
  constructor(asked: ScanJob, threads: ScanThreads, times: AddressTimes, options: WorkerJobOptions) {
    this.#asked = asked;
    this.#threads = threads;
    this.#times = times;
    const { order, job } = workerJobOf(asked, times, randomBytes(12), options);
    this.#job = job;
    this.#relay = new ScanRelay(order, job.control, synsOfTry(asked.timeoutMs));
  }

  /** Launches nothing more; what is in flight has its time. */
  stop(): void {
    this.#relay.stop();
  }

  /** Ends at once: whoever waits for an event gets one, and the thread sends nothing more. */
  abandon(): void {
    this.#relay.drop();
    this.#relay.failed('abandoned');
  }

  async *events(): AsyncGenerator<EngineEvent, void> {
    const { shared, rate, targets } = this.#asked;
    const { control, sockets } = this.#job;
    const credit = shared === null ? null : feedCredit(shared, rate, control.subarray(CREDIT, CREDIT + 1));
    let thread: ScanThread | null = null;
    try {
      thread = this.#threads.take({
        heard: (message: WorkerMessage) => this.#relay.heard(message),
        died: (thrown: unknown) => this.#relay.failed(`worker-crashed: ${messageOf(thrown)}`),
      });
      thread.order(this.#job);
      yield* this.#relay.events();
    } finally {
      credit?.end();
      if (thread !== null && this.#relay.ended) await this.#threads.giveBack(thread);
      else {
        this.#relay.drop();
        if (thread !== null) await this.#threads.end(thread);
        if (sockets.some((fd) => fd !== 0)) closeLeft(loadLibc(), sockets);
      }
      this.#times.giveBack(targets);
    }
  }
}
