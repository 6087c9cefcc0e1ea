import { after, type Instant, seconds } from '../time.ts';
import type { ChangePorts } from './change-ports.ts';

/** A crashed holder blocks changes no longer than this, milliseconds. */
const LEASE_MS = seconds(60);

export interface Lease {
  /** To be called right before each call that changes something. @throws when somebody else has taken the lock meanwhile. */
  renew(): Promise<void>;
}

/** Runs `work` while no one else changes the firewall object; resolves to `busy` without running it when somebody does. */
export async function withFirewallLock<T>(
  { locks, clock, newHolder }: Pick<ChangePorts, 'locks' | 'clock' | 'newHolder'>,
  target: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T | 'busy'> {
  const [name, holder] = [`firewall:${target}`, newHolder()];
  const take = (now: Instant) => locks.acquire(name, holder, now, after(now, LEASE_MS));
  if (!(await take(clock.now()))) return 'busy';
  const renew = async () => {
    if (!(await take(clock.now()))) throw new Error(`the lock of ${target} ran out before the change: trying again`);
  };
  try {
    return await work({ renew });
  } finally {
    await locks.release(name, holder);
  }
}
