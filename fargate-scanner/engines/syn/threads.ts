import { Worker } from 'node:worker_threads';
import type { WorkerJob, WorkerMessage } from './messages.ts';

/** Of a worker thread what is needed. */
export interface ThreadLike {
  postMessage(job: WorkerJob, transfer: readonly []): void;
  on(event: 'message', listener: (message: WorkerMessage) => void): unknown;
  on(event: 'error', listener: (thrown: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

export interface ThreadEvents {
  heard(message: WorkerMessage): void;
  died(thrown: unknown): void;
}

/** Threads kept for the next scan: starting one takes longer than many scans do. */
const KEPT = 1;

/** The thread's own objects are few and short-lived: a small heap keeps them from piling up (MiB). Its tables are outside. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 96 };

/** A thread that runs one scan at a time. */
export class Thread {
  readonly #worker: ThreadLike;
  #events: ThreadEvents | null = null;
  alive = true;

  constructor(worker: ThreadLike) {
    this.#worker = worker;
    worker.on('message', (message) => this.#events?.heard(message));
    worker.on('error', (thrown) => this.#died(thrown));
    worker.on('exit', (code) => this.#died(new Error(`the thread ended with code ${code}`)));
  }

  #died(thrown: unknown): void {
    if (!this.alive) return;
    this.alive = false;
    this.#events?.died(thrown);
  }

  serve(events: ThreadEvents | null): void {
    this.#events = events;
    if (events === null) this.#worker.unref();
    else this.#worker.ref();
  }

  start(job: WorkerJob): void {
    this.#worker.postMessage(job, []);
  }

  /** Resolves when it runs no more. */
  async end(): Promise<void> {
    this.#events = null;
    this.alive = false;
    await this.#worker.terminate();
  }
}

export class Threads {
  readonly #make: () => ThreadLike;
  readonly #idle: Thread[] = [];

  constructor(
    make: () => ThreadLike = () => new Worker(new URL('worker.ts', import.meta.url), { resourceLimits: LIMITS }),
  ) {
    this.#make = make;
  }

  take(events: ThreadEvents): Thread {
    let thread = this.#idle.pop();
    while (thread !== undefined && !thread.alive) thread = this.#idle.pop();
    thread ??= new Thread(this.#make());
    thread.serve(events);
    return thread;
  }

  giveBack(thread: Thread): void {
    if (!thread.alive) return;
    thread.serve(null);
    if (this.#idle.length < KEPT) this.#idle.push(thread);
    else void thread.end();
  }
}
