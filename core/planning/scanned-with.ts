import { counted, grouped } from '../text/counts.ts';
import type { TaskRun } from './task-run.ts';

type Scans = Pick<TaskRun, 'engines' | 'whyNotBetter' | 'estimate'>;

/** More missed openings than this are worth a warning: the nearest whole number is then not 0. */
const MISSED_OPENINGS = 0.5;

/**
 * How a run was scanned: `engine syn; 0.3 % of answers lost, 0.0 openings expected to be missed`, or
 * `engine connect; no better one: CAP_NET_RAW is missing`, or `engine connect, as asked`. Null while no shard has ended.
 */
export function scannedWith({ engines, whyNotBetter, estimate }: Scans): string | null {
  const names = Object.entries(engines).sort(([, a], [, b]) => b - a);
  if (names.length === 0) return null;
  const each = names.map(([name, shards]) => `${name} (${counted(shards, 'shard')})`);
  const asked = whyNotBetter.some(isChoice);
  const which = names.length === 1 ? `engine ${names[0]?.[0]}` : `engines ${each.join(', ')}`;
  const parts = [asked ? `${which}, as asked` : which];
  if (estimate !== null) {
    const { loss, missedOpen } = estimate;
    const lost = `${(loss * 100).toFixed(1)} % of answers lost`;
    parts.push(`${lost}, ${missedOpen.toFixed(1)} openings expected to be missed`);
  }
  const lacks = whyNotBetter.filter((reason) => !isChoice(reason));
  if (lacks.length > 0) parts.push(`no better one: ${lacks.join('; ')}`);
  return parts.join('; ');
}

/** Somebody chose this engine: nothing is missing. */
const isChoice = (reason: string): boolean => reason.endsWith(' was asked for');

/** What the engines say against their own silence, each a sentence of its own; usually none. */
export function blindSpots({ estimate }: Pick<Scans, 'estimate'>): string[] {
  if (estimate === null) return [];
  const { missedOpen, receiveDrops } = estimate;
  const said: string[] = [];
  if (missedOpen >= MISSED_OPENINGS) {
    said.push(`about ${missedOpen.toFixed(1)} open ports are expected to have been missed: scan again at a lower rate`);
  }
  if (receiveDrops > 0) {
    said.push(
      `${grouped(receiveDrops)} answers reached the scanner's machine and were lost there: silence proves less; lower the rate`,
    );
  }
  return said;
}

/**
 * `127 of 256 addresses are vacant: ...`; null: none is. Of a run that looks at other ports of each address the number is about right: what is counted is pairs
 * of address and port.
 */
export function vacancies({
  vacant,
  addresses,
  probes,
}: Pick<TaskRun, 'vacant' | 'addresses' | 'probes'>): string | null {
  if (vacant === 0 || probes === 0) return null;
  const count = Math.min(addresses, Math.max(1, Math.round((vacant * addresses) / probes)));
  const what = `${grouped(count)} of ${counted(addresses, 'address', 'addresses')} ${count === 1 ? 'is' : 'are'} vacant`;
  return `${what}: no machine of the scanner's own network has ${count === 1 ? 'it' : 'them'}`;
}

/** Reasons for people: each shard counts for itself how often an address answers that answers everywhere, and one of them is enough. */
export function reasonsOf({ reasons }: Pick<TaskRun, 'reasons'>): string[] {
  const first = new Map<string, string>();
  for (const reason of reasons) {
    const without = reason.replace(/ \(\d+ of the first \d+\)/, '');
    if (!first.has(without)) first.set(without, reason);
  }
  return [...first.values()];
}

/** The engines of a run in a few words, for a column; empty while no shard has ended. */
export function enginesOf(run: Scans): string {
  const names = Object.keys(run.engines).sort().join(', ');
  return blindSpots(run).length === 0 ? names : `${names} (may have missed openings)`;
}
