import type { Pipeline } from './pipeline.ts';
import type { Fleet } from './fleet.ts';

/** As many urgent shards at once as the scanner of one machine takes. */
const CONCURRENCY = 4;

/** Answers the confirmations that ingest asks for, in place of the scanner: receive, result, acknowledge. */
export class Confirmer {
  sent = 0;
  readonly #stopping = new AbortController();
  readonly #lanes: Promise<void>[];

  constructor(pipeline: Pipeline, fleet: Fleet) {
    this.#lanes = Array.from({ length: CONCURRENCY }, () => this.#lane(pipeline, fleet));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#lanes);
  }

  async #lane({ urgentShards, results, base }: Pipeline, fleet: Fleet): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const received = await urgentShards.receive({ waitSeconds: 20, signal });
        if (received === undefined) continue;
        await results.send(fleet.scan(received.shard, base.clock.now()));
        this.sent += 1;
        await urgentShards.done(received.handle);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }
}
