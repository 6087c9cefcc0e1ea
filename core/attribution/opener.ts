import type { Admission } from '../findings/finding.ts';
import { compareBreadth, widest } from '../net/breadth.ts';
import type { Attribution } from './attribution.ts';

/** Why somebody is not known: said wherever a name is missing. */
export const UNKNOWN_OPENER = 'unknown: from before the installation, or the event was lost';

export interface Opener {
  /** Who opened it as wide as it is; null when that is not known. */
  readonly by: Attribution | null;
  /** Of each rule that lets it in, who made or last changed it; null: not known. */
  readonly rules: readonly { readonly ruleId: string; readonly by: Attribution | null }[];
  /** One line for people. */
  readonly text: string;
}

/**
 * Who let a port in. Only the rules with the widest source count, and of those the one that did it first: whoever added a second rule to an
 * open port did not open it. When the history of one of them is not known, nobody is named: it may have been first.
 * A change that Portcullis made is passed over, since it only takes away; a rule that it split off is its own.
 */
export function openerOf(
  admissions: readonly Pick<Admission, 'ruleId' | 'breadth'>[],
  attributions: ReadonlyMap<string, readonly Attribution[]>,
): Opener {
  const rules = [...new Set(admissions.map(({ ruleId }) => ruleId))].map((ruleId) => ({
    ruleId,
    by: lastBy(attributions.get(ruleId) ?? []),
  }));
  const width = widest(admissions.map(({ breadth }) => breadth));
  const deciding = new Set(
    admissions
      .filter(({ breadth }) => width !== undefined && compareBreadth(breadth, width) === 0)
      .map(({ ruleId }) => ruleId),
  );
  const candidates = rules.filter(({ ruleId }) => deciding.has(ruleId)).map(({ by }) => by);
  const by = candidates.includes(null) ? null : (candidates.reduce(earlier, null) ?? null);
  return { by, rules, text: by === null ? UNKNOWN_OPENER : openerText(by) };
}

function lastBy(history: readonly Attribution[]): Attribution | null {
  return history.find(({ byUs }) => !byUs) ?? history[0] ?? null;
}

function earlier(a: Attribution | null, b: Attribution | null): Attribution | null {
  if (a === null || b === null) return a ?? b;
  return b.at < a.at ? b : a;
}

/** `arn:... created sgr-1 at 2026-03-01T09:00:00.000Z from 203.0.113.9`. */
export function openerText(by: Attribution): string {
  const who = by.byUs ? 'Portcullis' : (by.actor ?? `somebody (${by.actorKind})`);
  const from = by.sourceIp === null ? '' : ` from ${by.sourceIp}`;
  return `${who} ${by.how} ${by.ruleId} at ${by.at}${from}`;
}
