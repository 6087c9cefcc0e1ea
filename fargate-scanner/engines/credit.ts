import type { TokenSource } from '../../core/scanning/pacing.ts';

/** How often tokens are handed to the threads, and for how long they last (ms). */
const CREDIT_MS = 5;
const CREDIT_LASTS_MS = 20;

/**
 * Hands threads tokens of a source of this thread, a few milliseconds' worth at a time, until `end` is called. `rate`: the most they use a
 * second. `cell`: one number in shared memory, the tokens that are there to be taken.
 */
export function feedCredit(
  shared: TokenSource,
  rate: number,
  cell: Int32Array = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
): { cell: Int32Array; end(): void } {
  const most = Math.max(1, Math.ceil((rate * CREDIT_LASTS_MS) / 1_000));
  const give = (): void => {
    const room = most - Atomics.load(cell, 0);
    const tokens = Math.min(room, Math.floor(shared.available(performance.now())));
    for (let i = 0; i < tokens; i += 1) shared.take();
    if (tokens > 0) Atomics.add(cell, 0, tokens);
  };
  give();
  const timer = setInterval(give, CREDIT_MS);
  return { cell, end: () => clearInterval(timer) };
}

/** The tokens in such a cell. Threads may take one each that is not there yet; then it is missing from the next that are handed out. */
export function creditSource(cell: Int32Array): TokenSource {
  return {
    available: () => Atomics.load(cell, 0),
    take: () => void Atomics.sub(cell, 0, 1),
  };
}
