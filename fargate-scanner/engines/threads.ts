/** Of a worker thread what is needed. It takes orders and sends messages. */
export interface ThreadLike<Order, Message> {
  postMessage(order: Order, transfer: readonly []): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
  on(event: 'error', listener: (thrown: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
}

export interface ThreadEvents<Message> {
  heard(message: Message): void;
  /** Once, when it ended by itself. */
  died(thrown: unknown): void;
}

/** A thread that does one job at a time. */
export class Thread<Order, Message> {
  readonly #worker: ThreadLike<Order, Message>;
  #events: ThreadEvents<Message> | null = null;
  alive = true;

  constructor(worker: ThreadLike<Order, Message>) {
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
  serve(events: ThreadEvents<Message> | null): void {
    this.#events = events;
    if (events === null) this.#worker.unref();
    else this.#worker.ref();
  }

  order(order: Order): void {
    if (this.alive) this.#worker.postMessage(order, []);
  }

  /** Resolves when it runs no more. Whoever it served hears nothing of it. */
  async end(): Promise<void> {
    this.#events = null;
    this.alive = false;
    await this.#worker.terminate();
  }
}

/** Threads that are kept for the next job: starting one costs as much as some thousand probes. */
export class Threads<Order, Message> {
  readonly #most: number;
  readonly #make: () => ThreadLike<Order, Message>;
  readonly #idle: Thread<Order, Message>[] = [];
  #busy = 0;

  /** `most`: that are worth having at once, and that are kept. More can be taken. */
  constructor(most: number, make: () => ThreadLike<Order, Message>) {
    this.#most = most;
    this.#make = make;
  }

  /** How many more are worth taking now; below 0: so many more are taken. */
  get free(): number {
    return this.#most - this.#busy;
  }

  /** A thread that tells `events` what it says. @throws when it cannot be made. */
  take(events: ThreadEvents<Message>): Thread<Order, Message> {
    let thread = this.#idle.pop();
    while (thread !== undefined && !thread.alive) thread = this.#idle.pop();
    thread ??= new Thread(this.#make());
    this.#busy += 1;
    thread.serve(events);
    return thread;
  }

  /** It has no job any more and can have the next. */
  async giveBack(thread: Thread<Order, Message>): Promise<void> {
    if (!thread.alive || this.#idle.length >= this.#most) return this.end(thread);
    this.#busy -= 1;
    thread.serve(null);
    this.#idle.push(thread);
  }

  /** It is in the middle of a job, or died. Resolves when it runs no more. */
  async end(thread: Thread<Order, Message>): Promise<void> {
    this.#busy -= 1;
    await thread.end();
  }
}
