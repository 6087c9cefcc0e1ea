import { after, type Instant, seconds } from '../time.ts';
import type { ChangePorts } from './change-ports.ts';

/** A crashed holder blocks changes no longer than this, milliseconds. */
const LEASE_MS = seconds(60);

export interface Lease {
  /** To be called right before each call that changes something. @throws when somebody else has taken the lock meanwhile. */
  renew(): Promise<void>;
}

type LockPorts = Pick<ChangePorts, 'locks' | 'clock' | 'newHolder'>;

/** Runs `work` while no one else changes the firewall object; resolves to `busy` without running it when somebody does. */
export function withFirewallLock<T>(
  ports: LockPorts,
  target: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T | 'busy'> {
  return withLock(ports, `firewall:${target}`, work);
}

/** Runs `work` while no one else holds the lock; resolves to `busy` without running it when somebody does. */
export async function withLock<T>(
  { locks, clock, newHolder }: LockPorts,
  name: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T | 'busy'> {
  const holder = newHolder();
  const take = (now: Instant) => locks.acquire(name, holder, now, after(now, LEASE_MS));
  if (!(await take(clock.now()))) return 'busy';
  const renew = async () => {
    if (!(await take(clock.now()))) throw new Error(`the lock ${name} ran out before the change: trying again`);
  };
  try {
    return await work({ renew });
  } finally {
    await locks.release(name, holder);
  }
}
