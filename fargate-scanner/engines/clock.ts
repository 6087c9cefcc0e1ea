const [seconds, nanoseconds] = process.hrtime();
/** Node's own clock starts anew in each thread. */
const STARTED = seconds * 1_000 + nanoseconds / 1e6 - performance.now();

/** Monotonic milliseconds, the same in every thread of the process. */
export function clock(): number {
  return STARTED + performance.now();
}
