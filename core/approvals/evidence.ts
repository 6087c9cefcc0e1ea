import { idOf } from '../identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { AuditLog } from '../ports/stores.ts';
import type { Approval, DecidedAs } from './approval.ts';
import { howText } from './finish.ts';

/** What is known of somebody who used a link. */
export interface DecideEvidence {
  ip: string | null;
  userAgent: string | null;
  /** What the person typed; may be empty. */
  reason: string | null;
}

/** A decision that was not taken, because of who wanted it. */
export interface RefusedAttempt {
  approval: Approval;
  verb: 'approved' | 'denied';
  actor: string;
  as: DecidedAs;
  why: string;
  /** Who is signed in without being the approver. */
  otherIdentity: string | null;
  evidence: DecideEvidence | null;
}

/** One row for each refused decision, person and address, however often it is tried. */
export async function recordRefusal(
  { audit, clock }: { audit: AuditLog; clock: Clock },
  { approval, verb, actor, as, why, otherIdentity, evidence }: RefusedAttempt,
): Promise<void> {
  const signedIn = otherIdentity === null ? null : `signed in as ${plain(otherIdentity, 254)}`;
  await audit.append({
    id: idOf('au', approval.id, 'refused', verb, actor, why, evidence?.ip ?? '', signedIn ?? ''),
    at: clock.now(),
    actor,
    action: 'decision-refused',
    object: approval.id,
    findingId: approval.findingId,
    detail: [`not ${verb}: ${why}`, howText(as), signedIn, evidence && evidenceText(evidence)]
      .filter((part) => part !== null)
      .join('; '),
  });
}

export function evidenceText({ ip, userAgent, reason }: DecideEvidence): string {
  const parts = [`from ${plain(ip ?? 'an unknown address', 60)}`];
  if (userAgent !== null) parts.push(`with ${plain(userAgent, 200)}`);
  if (reason !== null && reason.trim() !== '') parts.push(reasonText(reason));
  return parts.join('; ');
}

export function reasonText(reason: string): string {
  return `reason: ${plain(reason, 500)}`;
}

/** One line of at most `max` characters: what strangers send must not forge other lines. */
function plain(text: string, max: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, max);
}
