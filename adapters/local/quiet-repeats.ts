import type { Log } from '../../core/ports/log.ts';

/** Fields as a log line has them. */
type Fields = Parameters<Log['warn']>[1];

const QUIET_MS = 60_000;
/** Different lines remembered; beyond that all are forgotten, which at worst repeats one. */
const REMEMBERED = 1_000;

/**
 * Drops a line that says exactly what one said less than a minute ago: a task that fails every second says so once a minute. The next one
 * that passes carries how many were dropped in between, as `repeated`.
 */
export function quietRepeats(log: Log, monotonic: () => number = () => performance.now()): Log {
  const said = new Map<string, { at: number; dropped: number }>();
  const pass = (write: Log['warn'], message: string, fields: Fields = {}): void => {
    const key = JSON.stringify([message, fields]);
    const before = said.get(key);
    const at = monotonic();
    if (before !== undefined && at - before.at < QUIET_MS) {
      before.dropped += 1;
      return;
    }
    if (said.size >= REMEMBERED) said.clear();
    said.set(key, { at, dropped: 0 });
    write(message, before === undefined || before.dropped === 0 ? fields : { ...fields, repeated: before.dropped });
  };
  return {
    info: (message, fields) => pass((...line) => log.info(...line), message, fields),
    warn: (message, fields) => pass((...line) => log.warn(...line), message, fields),
  };
}
