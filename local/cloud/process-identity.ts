import { readFile } from 'node:fs/promises';
import { errorCode, readIfThere } from '../../adapters/local/files.ts';

/**
 * A process that cannot be mistaken for another one that got the same pid later, or after a restart of the machine.
 * `startTicks` and `bootId` are null where there is no /proc (macOS): then only the pid counts.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process. */
  readonly startTicks: string | null;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string | null;
}

export async function identityOf(pid: number): Promise<ProcessIdentity> {
  return { pid, startTicks: await startTicks(pid), bootId: await bootId() };
}

/** Does exactly this process still run? */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (!pidExists(identity.pid)) return false;
  if (identity.bootId !== null && identity.bootId !== (await bootId())) return false;
  return identity.startTicks === null || identity.startTicks === (await startTicks(identity.pid));
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return errorCode(error) === 'EPERM';
  }
}

async function startTicks(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command name is in parentheses and may hold spaces and parentheses itself; state is the field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[19] ?? null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return null;
    throw error;
  }
}

async function bootId(): Promise<string | null> {
  const text = await readIfThere('/proc/sys/kernel/random/boot_id');
  return text === null ? null : text.trim();
}
