import type { Instant } from '../time.ts';
import type { Approval } from './approval.ts';

/** The approval as it stands at `now`: pending past its time is expired, whether housekeeping has come by or not. */
export function approvalAt(approval: Approval, now: Instant): Approval {
  return approval.state === 'pending' && now >= approval.expiresAt ? { ...approval, state: 'expired' } : approval;
}

/** `pending` and still in time. */
export function isOpen(approval: Approval, now: Instant): boolean {
  return approvalAt(approval, now).state === 'pending';
}

/** Why a decision came too late. */
export function expiredSentence(approval: Approval): string {
  return `Approval ${approval.id} expired at ${approval.expiresAt}: ask for a new one with portcullis plan ${approval.findingId}.`;
}

/** Something must still happen to it: a decision, the change it allows, or what follows from a denial. */
export function isUnfinished({ state, outcome }: Approval): boolean {
  return state === 'pending' || state === 'approved' || (state === 'denied' && outcome === null);
}
