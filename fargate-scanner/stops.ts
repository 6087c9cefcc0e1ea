import { messageOf } from '../core/errors.ts';
import type { KillSwitch } from '../core/ports/kill-switch.ts';

const KILL_SWITCH_EVERY_MS = 1_000;
/** Seconds one reading may take before it counts as unreadable. */
const UNREADABLE_AFTER = 5;

/** The reason when the caller's signal ended the scan and does not say why. */
const STOPPING = 'the scanner is stopping';

export interface Stops {
  /** Aborted when the scan must stop. */
  readonly signal: AbortSignal;
  /** Why it must stop; null while it may go on. */
  reason(): string | null;
  /** Call when the scan is over. */
  end(): void;
}

/** Everything that ends a scan early: the deadline, the caller's signal, and the kill switch, read now and every second. */
export async function startStops(options: {
  readonly killSwitch: KillSwitch;
  readonly limits: { readonly deadlineMs: number };
  readonly signal?: AbortSignal;
}): Promise<Stops> {
  const controller = new AbortController();
  let why: string | null = null;
  let missed: number | null = null;
  const stop = (reason: string): void => {
    why ??= reason;
    controller.abort();
  };
  const readKillSwitch = async (): Promise<void> => {
    if (missed !== null) {
      missed += 1;
      if (missed >= UNREADABLE_AFTER) stop('kill switch: it does not answer, which counts as on');
      return;
    }
    missed = 0;
    try {
      const { on, reason } = await options.killSwitch.read();
      if (on) stop(`kill switch: ${reason ?? 'on'}`);
    } catch (thrown) {
      stop(`kill switch: it cannot be read, which counts as on (${messageOf(thrown)})`);
    } finally {
      missed = null;
    }
  };
  const stopped = (): void => {
    const told: unknown = options.signal?.reason;
    stop(typeof told === 'string' ? told : STOPPING);
  };

  if (options.signal?.aborted === true) stopped();
  await readKillSwitch();
  options.signal?.addEventListener('abort', stopped, { once: true });
  const deadline = setTimeout(() => stop(`deadline: ${options.limits.deadlineMs} ms`), options.limits.deadlineMs);
  const timer = setInterval(() => void readKillSwitch(), KILL_SWITCH_EVERY_MS);
  return {
    signal: controller.signal,
    reason: () => why,
    end() {
      clearTimeout(deadline);
      clearInterval(timer);
      options.signal?.removeEventListener('abort', stopped);
    },
  };
}
