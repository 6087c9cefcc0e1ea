import type { Fingerprint } from '../../core/fingerprints/fingerprint.ts';

/** 192.0.2.3 with 22 and 80 open since 09:00:00, all ports observed at that moment. */
export function aFingerprint(over: Partial<Fingerprint> = {}): Fingerprint {
  return {
    address: '192.0.2.3',
    protocol: 'tcp',
    version: 1,
    open: '22,80',
    pendingOpen: '',
    pendingClosed: [],
    history: [22, 80].map((port) => ({
      port,
      transitions: 1,
      changedAt: '2026-03-01T09:00:00.000Z',
      closedBy: null,
    })),
    observed: [{ ports: '1-65535', at: '2026-03-01T09:00:00.000Z' }],
    aliveAt: '2026-03-01T09:00:00.000Z',
    updatedAt: '2026-03-01T09:00:00.000Z',
    ...over,
  };
}
