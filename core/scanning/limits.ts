/** Most sockets one sweep holds: above this Node's event loop falls behind (measured: 15,000 unpaced = 1.9 s lag). */
const MAX_WINDOW = 8_000;
/** Part of the process's file descriptors one sweep may hold. */
const DESCRIPTOR_SHARE = 0.6;
const MIN_WINDOW = 8;

/** How many connections may be open at once: min(8000, 0.6 x file descriptors x share, rate x timeout x 1.2), at least 8. */
export function windowOf(options: { nofile: number; share: number; rate: number; timeoutMs: number }): number {
  const inTime = Math.ceil((options.rate * options.timeoutMs * 1.2) / 1_000);
  const descriptors = Math.floor(options.nofile * DESCRIPTOR_SHARE * options.share);
  return Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, descriptors, inTime));
}

/**
 * A time limit in milliseconds that does not end while an answer is due: Linux repeats a SYN after 1.0 s, so a limit of
 * 1,000-1,100 ms pays for the second SYN and does not wait for its answer. Those become 1,250.
 */
export function safeTimeout(timeoutMs: number): number {
  return timeoutMs >= 1_000 && timeoutMs <= 1_100 ? 1_250 : timeoutMs;
}
