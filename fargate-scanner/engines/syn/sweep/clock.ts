/** Monotonic milliseconds, the same in every thread of the process. */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
