import { Worker } from 'node:worker_threads';
import type { ThreadMessage, ThreadOrder } from './messages.ts';

/** Of a worker thread what is needed. */
export interface ThreadLike {
  postMessage(order: ThreadOrder, transfer: readonly []): void;
  on(event: 'message', listener: (message: ThreadMessage) => void): unknown;
  on(event: 'error', listener: (thrown: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

export interface ThreadEvents {
  heard(message: ThreadMessage): void;
  /** Once, when it ended by itself. */
  died(thrown: unknown): void;
}

/** What a sweep makes is few and short-lived: a small young part of the heap is enough (MiB). Its tables are outside. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** A thread that runs one sweep at a time. */
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

  /** Whom it tells from now on; null: nobody, and it keeps no process alive. */
  serve(events: ThreadEvents | null): void {
    this.#events = events;
    if (events === null) this.#worker.unref();
    else this.#worker.ref();
  }

  order(order: ThreadOrder): void {
    if (this.alive) this.#worker.postMessage(order, []);
  }

  end(): void {
    this.#events = null;
    this.alive = false;
    void this.#worker.terminate();
  }
}

/** The threads of a process. They are kept for the next job: starting one costs as much as some thousand probes. */
export class Threads {
  readonly #most: number;
  readonly #make: () => ThreadLike;
  readonly #idle: Thread[] = [];
  #busy = 0;

  /** `most`: that are worth having at once. */
  constructor(
    most: number,
    make: () => ThreadLike = () => new Worker(new URL('worker.ts', import.meta.url), { resourceLimits: LIMITS }),
  ) {
    this.#most = most;
    this.#make = make;
  }

  /** How many more are worth taking now. */
  get free(): number {
    return this.#most - this.#busy;
  }

  /** @throws when it cannot be made. */
  take(): Thread {
    let thread = this.#idle.pop();
    while (thread !== undefined && !thread.alive) thread = this.#idle.pop();
    thread ??= new Thread(this.#make());
    this.#busy += 1;
    return thread;
  }

  /** `ended`: it has no sweep any more and can have the next. */
  giveBack(thread: Thread, ended: boolean): void {
    this.#busy -= 1;
    if (!thread.alive) return;
    thread.serve(null);
    if (ended && this.#idle.length < this.#most) this.#idle.push(thread);
    else thread.end();
  }
}
