/** One Ctrl-C arrives up to three times: from the terminal, from npm and from the launcher. */
const SAME_PRESS_MS = 1_000;

/**
 * Runs `use` with a signal that Ctrl-C or a TERM aborts, so that what was opened is closed in order. A second Ctrl-C ends the process at
 * once: everything stored survives that.
 */
export async function stoppable<T>(use: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let firstAt: number | null = null;
  const onSignal = (): void => {
    if (firstAt !== null && performance.now() - firstAt > SAME_PRESS_MS) process.exit(1);
    firstAt ??= performance.now();
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await use(stop.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
