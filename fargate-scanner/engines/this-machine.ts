import { readFileSync } from 'node:fs';
import { ownAddresses } from './own-addresses.ts';

/** Bit of CAP_NET_RAW in a capability mask (linux/capability.h). */
const CAP_NET_RAW = 13n;
/** Mode of a system call filter in /proc/PID/status (proc_pid_status(5)). */
const FILTERED = '2';

/** What decides whether SYNs can be sent from here, as far as it can be read. */
export interface ThisMachine {
  readonly platform: string;
  /** Whether 127.0.0.1 is on an interface that is up. */
  readonly loopback: boolean;
  /** CAP_NET_RAW is effective. */
  readonly netRaw: boolean;
  /** System calls are filtered (seccomp). */
  readonly filtered: boolean;
}

export function thisMachine(): ThisMachine {
  const status = statusText();
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1] ?? '';
  const mask = field('CapEff');
  return {
    platform: process.platform,
    loopback: ownAddresses().has('127.0.0.1'),
    netRaw: mask !== '' && ((BigInt(`0x${mask}`) >> CAP_NET_RAW) & 1n) === 1n,
    filtered: field('Seccomp') === FILTERED,
  };
}

/** Empty where there is no /proc. */
function statusText(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
