import { Readable } from 'node:stream';
import { messageOf } from '../../core/errors.ts';
import type { Done, LevelDb, LevelIterator } from './dynalite.ts';
import { openLevel } from './open-level.ts';

/** Writes of one LevelDB batch, all or none. */
type Write = object;

/**
 * Makes the LevelDB of dynalite safe on a full disk.
 * - One batch is written at a time, of everything that waits. When one fails the database is opened again before the next: LevelDB leaves
 *   a torn record in its log and goes on behind it, and all that was acknowledged after it would be gone at the next start.
 * - An error goes to the caller as InternalServerError: dynalite throws any other out of the event loop, which ends the process.
 * - Iterators are closed after use. dynalite closes them by `return`, which LevelDB's do not have, so every query would leave one, with its
 *   memory and the files that it keeps LevelDB from deleting: 200 MB and 300 MB a minute under load (bench/ingest).
 */
export function makeCareful(level: LevelDb): void {
  const batch = level.batch.bind(level);
  let torn = false;
  let reopening: Promise<void> | null = null;
  let waiting: { writes: readonly Write[]; done: Done }[] = [];
  let writing = false;

  const reopen = async (): Promise<void> => {
    await level.close._original();
    await openLevel(level);
    torn = false;
  };
  const usable = async (): Promise<void> => {
    if (!torn) return;
    reopening ??= reopen().finally(() => {
      reopening = null;
    });
    await reopening;
  };
  const afterReopening = async (work: () => void, done: Done): Promise<void> => {
    try {
      await usable();
    } catch (error) {
      done(asServerError(error));
      return;
    }
    work();
  };
  const writeNow = (writes: readonly Write[]): Promise<void> =>
    new Promise((resolve, reject) => {
      batch(writes, (error) => (error ? reject(error) : resolve()));
    });
  const flush = async (): Promise<void> => {
    writing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      let failure: unknown;
      try {
        await usable();
        await writeNow(group.flatMap(({ writes }) => writes));
      } catch (error) {
        torn = true;
        failure = asServerError(error);
      }
      for (const { done } of group) done(failure ?? null);
    }
    writing = false;
  };
  const write = (writes: readonly Write[], done: Done): void => {
    waiting.push({ writes, done });
    if (!writing) void flush();
  };

  level.batch = write;
  level.put = (key, value, done) => write([{ type: 'put', key, value }], done);
  level.del = (key, done) => write([{ type: 'del', key }], done);
  level.get = (key, done) => {
    const read = (): void => readNow(level, key, done);
    if (level.status === 'open') read();
    else void afterReopening(read, done);
  };
  level.keys = closable(level.keys.bind(level));
  level.values = closable(level.values.bind(level));
  level.createKeyStream = careful(level.createKeyStream.bind(level));
  level.createValueStream = careful(level.createValueStream.bind(level));
}

/** In this thread: what is read is in memory nearly always, and handing a read to another thread costs more than the read. */
function readNow(level: LevelDb, key: string, done: Done<[unknown?]>): void {
  let value: unknown;
  try {
    value = level.getSync(key);
  } catch (error) {
    setImmediate(done, asServerError(error));
    return;
  }
  setImmediate(done, null, value);
}

function closable(iterate: (options: object) => LevelIterator): (options: object) => LevelIterator {
  return (options) => {
    const iterator = iterate(options);
    return Object.assign(iterator, { return: () => iterator.close() });
  };
}

function careful(stream: (options: object) => Readable): (options: object) => Readable {
  return (options) => {
    try {
      return stream(options).prependListener('error', asServerError);
    } catch (error) {
      return Readable.from(
        (async function* fail() {
          await Promise.reject(asServerError(error));
          yield undefined;
        })(),
      );
    }
  };
}

/** dynalite sends an error that carries `statusCode` and `body` to its caller. */
function asServerError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown.name === 'NotFoundError') return thrown;
  return Object.assign(thrown, {
    statusCode: 500,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: messageOf(thrown) },
  });
}
