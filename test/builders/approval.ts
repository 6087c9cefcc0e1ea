import type { Approval } from '../../core/approvals/approval.ts';

/** Pending, not stored yet, open until 2026-03-02T09:00:00.000Z. */
export function anApproval(over: Partial<Approval> = {}): Approval {
  return {
    id: 'a-0000000000000001',
    version: 0,
    findingId: 'f-0000000000000001',
    state: 'pending',
    planId: 'p-0000000000000001',
    planHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    createdAt: '2026-03-01T09:00:00.000Z',
    expiresAt: '2026-03-02T09:00:00.000Z',
    decidedBy: null,
    decidedAt: null,
    decidedAs: null,
    outcome: null,
    ...over,
  };
}
