import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, listen } from '../../test/e2e/support/portcullis.ts';
import { shuffled } from '../support/random.ts';

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Monotonic milliseconds; NaN until it happens. */
  openedAt: number;
  closedAt: number;
}

export const keyOf = ({ address, port }: { address: string; port: number }): string => `${address}:${port}`;

/** Listeners on different random pairs, in random order. */
export class Listeners {
  readonly all: readonly Listener[];
  readonly #random: () => number;
  readonly #servers = new Map<Listener, Server>();

  constructor(addresses: readonly string[], ports: readonly number[], count: number, random: () => number) {
    const pairs = addresses.flatMap((address) => ports.map((port) => ({ address, port })));
    this.#random = random;
    this.all = shuffled(pairs, random)
      .slice(0, count)
      .map((pair) => ({ ...pair, openedAt: Number.NaN, closedAt: Number.NaN }));
  }

  /** Opens each at a random moment within `withinMs`. */
  async openAll(withinMs: number): Promise<void> {
    await this.#atRandomTimes(this.all, withinMs, async (listener) => {
      const server = await listen(listener.address, listener.port);
      listener.openedAt = performance.now();
      this.#servers.set(listener, server);
    });
  }

  /** Closes each of these at a random moment within `withinMs`. */
  async close(some: readonly Listener[], withinMs: number): Promise<void> {
    await this.#atRandomTimes(some, withinMs, async (listener) => {
      const server = this.#servers.get(listener);
      this.#servers.delete(listener);
      if (server === undefined) throw new Error(`${keyOf(listener)} is not open`);
      // The port refuses from the call on; the event waits for connections under way.
      listener.closedAt = performance.now();
      await close(server);
    });
  }

  closeAll(): void {
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }

  async #atRandomTimes(some: readonly Listener[], withinMs: number, work: (one: Listener) => Promise<void>) {
    const plan = some.map((listener) => ({ listener, at: this.#random() * withinMs }));
    const startedAt = performance.now();
    await Promise.all(
      plan.map(async ({ listener, at }) => {
        await sleep(Math.max(0, startedAt + at - performance.now()));
        await work(listener);
      }),
    );
  }
}
