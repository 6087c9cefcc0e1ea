import { after, type Instant, seconds } from '../time.ts';
import type { ChangePorts } from './change-ports.ts';

/** A crashed holder blocks changes no longer than this, milliseconds. */
export const LEASE_MS = seconds(60);

/** Runs `work` while no one else changes the firewall object; resolves to `busy` without running it when somebody does. */
export async function withFirewallLock<T>(
  ports: Pick<ChangePorts, 'locks' | 'clock' | 'newHolder'>,
  target: string,
  work: (lockedAt: Instant) => Promise<T>,
): Promise<T | 'busy'> {
  const [name, holder, now] = [`firewall:${target}`, ports.newHolder(), ports.clock.now()];
  if (!(await ports.locks.acquire(name, holder, now, after(now, LEASE_MS)))) return 'busy';
  try {
    return await work(now);
  } finally {
    await ports.locks.release(name, holder);
  }
}
