/** One row and the key it is sorted by. */
export interface Timed<T> {
  readonly id: string;
  /** Time, then id. */
  readonly key: string;
  readonly row: T;
}

/**
 * The newest `limit` rows of several streams that are each newest first. A row found twice (its time was
 * written anew between two pages) counts once, as its newest.
 */
export async function takeNewest<T>(streams: readonly AsyncIterator<Timed<T>>[], limit: number): Promise<T[]> {
  const heads = await Promise.all(streams.map((stream) => stream.next()));
  const taken = new Map<string, T>();
  while (taken.size < limit) {
    const newest = newestOf(heads);
    const head = heads[newest];
    const stream = streams[newest];
    if (head === undefined || head.done === true || stream === undefined) break;
    if (!taken.has(head.value.id)) taken.set(head.value.id, head.value.row);
    heads[newest] = await stream.next();
  }
  return [...taken.values()];
}

/** Position of the head with the greatest key; -1 when every stream is at its end. */
function newestOf<T>(heads: readonly IteratorResult<Timed<T>, unknown>[]): number {
  let newest = -1;
  let key = '';
  for (const [i, head] of heads.entries()) {
    if (head.done === true || head.value.key <= key) continue;
    newest = i;
    key = head.value.key;
  }
  return newest;
}

/** Rows to ask each of `streams` for at once when `limit` are wanted of all: a fair share and a little more. */
export function pageSizeFor(limit: number, streams: number): number {
  return Math.min(1_000, Math.ceil(limit / streams) + 4);
}
