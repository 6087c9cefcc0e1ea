import { messageOf } from '../../../core/errors.ts';
import type { EngineEvent } from '../engine.ts';
import type { MakeDialer } from './dialer.ts';
import type { SweepOrder, ThreadMessage } from './messages.ts';
import { startSweep } from './start-sweep.ts';
import type { Sweep } from './sweep.ts';
import type { SweepThread, SweepThreads } from './threads.ts';

export interface RemoteSweepOptions {
  readonly order: SweepOrder;
  readonly threads: SweepThreads;
  /** Used when the thread does not start: then the sweep runs here. */
  readonly makeDialer: MakeDialer;
  readonly emit: (event: EngineEvent) => void;
  /** The thread ended in the middle: there will be no `done`. */
  readonly lost: (reason: string) => void;
}

/** A sweep in a thread of its own; the same to its owner as a `Sweep`. */
export class RemoteSweep {
  readonly #options: RemoteSweepOptions;
  #thread: SweepThread | null = null;
  /** Runs here because the thread did not start. */
  #here: Sweep | null = null;
  #started = false;
  #over = false;
  #stopping = false;
  readonly #stopped = new Set<number>();
  #pace = 0;

  constructor(options: RemoteSweepOptions) {
    this.#options = options;
    try {
      this.#thread = options.threads.take({
        heard: (message) => this.#heard(message),
        died: (thrown) => this.#died(thrown),
      });
      this.#thread.order({ kind: 'sweep', order: options.order });
    } catch {
      this.#runHere();
    }
  }

  get pace(): number {
    return this.#here?.pace ?? this.#pace;
  }

  stop(): void {
    this.#stopping = true;
    this.#here?.stop();
    this.#thread?.order({ kind: 'stop' });
  }

  stopTarget(part: number): void {
    this.#stopped.add(part);
    this.#here?.stopTarget(part);
    this.#thread?.order({ kind: 'stop-target', part });
  }

  abandon(): void {
    this.#over = true;
    this.#here?.abandon();
    this.#leave(false);
  }

  #heard(message: ThreadMessage): void {
    this.#started = true;
    if (message.kind === 'started') return;
    this.#pace = message.pace;
    if (message.event.kind === 'done') this.#leave(true);
    this.#tell(message.event);
  }

  #tell(event: EngineEvent): void {
    if (this.#over) return;
    if (event.kind === 'done') this.#over = true;
    this.#options.emit(event);
  }

  #died(thrown: unknown): void {
    this.#leave(false);
    if (this.#over) return;
    if (!this.#started) {
      this.#runHere();
      return;
    }
    this.#over = true;
    this.#options.lost(`thread-crashed: ${messageOf(thrown)}`);
  }

  #leave(ended: boolean): void {
    const thread = this.#thread;
    this.#thread = null;
    if (thread === null) return;
    const { threads } = this.#options;
    void (ended ? threads.giveBack(thread) : threads.end(thread));
  }

  #runHere(): void {
    const { order, makeDialer } = this.#options;
    this.#here = startSweep(order, makeDialer, (event) => this.#tell(event));
    for (const part of this.#stopped) this.#here.stopTarget(part);
    if (this.#stopping) this.#here.stop();
  }
}
