import type { Change } from '../../core/fingerprints/change.ts';

/** 192.0.2.3:6379 opened at 09:00:10, its first transition. */
export function aChange(over: Partial<Change> = {}): Change {
  return {
    id: 'c-0000000000000001',
    kind: 'opened',
    address: '192.0.2.3',
    protocol: 'tcp',
    port: 6379,
    transition: 1,
    at: '2026-03-01T09:00:10.000Z',
    evidence: 'Port 6379 completed a connection.',
    flap: false,
    runId: 'r-0000000000000001',
    ...over,
  };
}
