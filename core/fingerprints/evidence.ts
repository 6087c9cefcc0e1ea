import { humanDuration, type Instant, msBetween } from '../time.ts';
import type { PendingClosure } from './fingerprint.ts';
import type { OpenPort } from './shard-result.ts';

/** One sentence on how an opening was seen. `notOpenAt`: when the port was last observed not open; null when never. */
export function openingEvidence(open: OpenPort, engine: string, at: Instant, notOpenAt: Instant | null): string {
  const how = HOW[open.reason];
  const before = notOpenAt === null ? 'never observed before' : `not open when observed at ${notOpenAt}`;
  const ms = Math.round(open.rttMs * 10) / 10;
  // Files that are imported do not say how long it took.
  return `Port ${open.port} ${how}${ms === 0 ? '' : ` in ${ms} ms`} (engine ${engine}, ${at}); ${before}.`;
}

const HOW: Readonly<Record<OpenPort['reason'], string>> = {
  connected: 'completed a connection',
  'open-then-reset': 'completed a connection and then reset it',
  'syn-ack': 'answered a SYN',
  answered: 'answered a UDP request for the second time',
};

/** One sentence on how a closure was shown. `at`: the observation that settled it. */
export function closingEvidence(pending: PendingClosure, engine: string, at: Instant): string {
  const parts: string[] = [];
  if (pending.refused > 0) parts.push(`refused ${times(pending.refused)}`);
  if (pending.silent > 0) parts.push(`was silent ${times(pending.silent)}`);
  const took = msBetween(pending.since, at);
  const span = took > 0 ? ` over ${humanDuration(took)}` : '';
  const pooled = pending.pooled ? ', together with other ports of the address' : '';
  return `Port ${pending.port} ${parts.join(' and ')}${span}${pooled} (engine ${engine}, ${at}).`;
}

const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);
