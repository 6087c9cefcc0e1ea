/**
 * What several streams yield, as it comes, at most so many of them at once, in their order. Each gets a signal that is aborted when nobody reads any
 * further; then all of them are ended.
 */
export async function* atOnce<T>(
  streams: readonly ((signal: AbortSignal) => AsyncGenerator<T, void>)[],
  most: number,
): AsyncGenerator<T, void> {
  const left = new AbortController();
  const running = new Map<number, { stream: AsyncGenerator<T, void>; next: Promise<Next<T>> }>();
  let begun = 0;
  /** The one whose word is being read: it is in no row meanwhile. */
  let speaking: AsyncGenerator<T, void> | null = null;
  const ask = async (number: number, stream: AsyncGenerator<T, void>): Promise<Next<T>> => ({
    number,
    result: await stream.next(),
  });
  try {
    for (;;) {
      for (; begun < streams.length && running.size < most; begun += 1) {
        const stream = streams[begun]?.(left.signal);
        if (stream !== undefined) running.set(begun, { stream, next: ask(begun, stream) });
      }
      if (running.size === 0) return;
      const { number, result } = await Promise.race([...running.values()].map(({ next }) => next));
      const one = running.get(number);
      // To the end of the row: one that always has something to say keeps no other waiting.
      running.delete(number);
      if (one === undefined || result.done === true) continue;
      speaking = one.stream;
      yield result.value;
      speaking = null;
      running.set(number, { stream: one.stream, next: ask(number, one.stream) });
    }
  } finally {
    left.abort();
    const rest = [...running.values()];
    await Promise.allSettled([speaking?.return(), ...rest.flatMap(({ stream, next }) => [next, stream.return()])]);
  }
}

interface Next<T> {
  readonly number: number;
  readonly result: IteratorResult<T, void>;
}
