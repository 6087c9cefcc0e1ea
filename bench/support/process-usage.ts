import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU seconds of a process and of the children it has waited for, all threads, user and system: /proc/PID/stat, fields 14-17 (proc(5)). */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in parentheses that may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MB (10^6 bytes): its own, and pages of files, which the system takes back when it needs them. */
export function residentMB(pid: number): { anonymousMB: number; fileMB: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number => kilobytes(text, name) / 1e3;
  return { anonymousMB: of('RssAnon'), fileMB: of('RssFile') };
}

/** Resident memory in MB (10^6 bytes), and the same with shared pages counted in part. */
export function memory(pid: number): { rssMB: number; pssMB: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name: string): number => kilobytes(text, name) / 1e3;
  return { rssMB: of('Rss'), pssMB: of('Pss') };
}

/** Of a line such as `Rss:  1234 kB`, which means KiB, in units of 1,000 bytes. */
function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1.024;
}
