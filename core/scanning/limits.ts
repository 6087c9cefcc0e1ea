/** Most sockets one sweep holds. Measured with TCP handles: 18,000 silent ones make ticks at most 13 ms late and cost 30 MB, and 80 MB in the kernel; more was not tried. */
const MAX_WINDOW = 20_000;
/** File descriptors left to the rest of the process: this part of them, and no more than so many. */
const RESERVED_PART = 0.4;
const RESERVED = 2_000;
const MIN_WINDOW = 8;

/**
 * How many connections may be open at once: min(20,000, share x (file descriptors - reserve), rate x timeout x 1.2), at least 8. The reserve is 40 % of
 * the descriptors, at most 2,000. Silent ports are looked at no faster than window / timeout.
 */
export function windowOf(options: { nofile: number; share: number; rate: number; timeoutMs: number }): number {
  const inTime = Math.ceil((options.rate * options.timeoutMs * 1.2) / 1_000);
  const descriptors = Math.floor(freeDescriptors(options.nofile) * options.share);
  return Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, descriptors, inTime));
}

/** Of so many file descriptors those that sweeps may use. */
function freeDescriptors(nofile: number): number {
  return nofile - Math.min(nofile * RESERVED_PART, RESERVED);
}

/** Sockets of all sweeps that run at once. There may be more sweeps than shares: those that come last then have what is left, at least 8. */
export class SocketBudget {
  #left: number;

  /** `nofile`: file descriptors of the process. */
  constructor(nofile: number) {
    this.#left = freeDescriptors(nofile);
  }

  /** How many of the wanted sockets a sweep gets, until it gives as many back. */
  take(wanted: number): number {
    const given = Math.max(MIN_WINDOW, Math.min(wanted, Math.floor(this.#left)));
    this.#left -= given;
    return given;
  }

  giveBack(given: number): void {
    this.#left += given;
  }
}

/**
 * A time limit in milliseconds that does not end while an answer is due: Linux repeats a SYN after 1.0 s, so a limit of
 * 1,000-1,100 ms pays for the second SYN and does not wait for its answer. Those become 1,250.
 */
export function safeTimeout(timeoutMs: number): number {
  return timeoutMs >= 1_000 && timeoutMs <= 1_100 ? 1_250 : timeoutMs;
}
