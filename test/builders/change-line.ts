import type { ChangeLine } from '../../core/remediation/change-line.ts';

/** Account 111122223333, stopped at 10:00 after two failures; not stored yet. */
export function aChangeLine(over: Partial<ChangeLine> = {}): ChangeLine {
  return {
    account: '111122223333',
    version: 0,
    failures: [
      {
        planId: 'p-0000000000000001',
        appliedAt: '2026-03-01T09:00:00.000Z',
        at: '2026-03-01T09:01:00.000Z',
        why: '192.0.2.4:443, which had to stay open, does not answer since the change',
      },
      {
        planId: 'p-0000000000000002',
        appliedAt: '2026-03-01T09:59:00.000Z',
        at: '2026-03-01T10:00:00.000Z',
        why: '192.0.2.3:22 still answers although sg-1 closes it',
      },
    ],
    stoppedAt: '2026-03-01T10:00:00.000Z',
    ...over,
  };
}
