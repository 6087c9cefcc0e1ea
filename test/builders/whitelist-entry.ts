import type { WhitelistEntry } from '../../core/whitelist/entry.ts';

/** Approved until 2026-06-01: 192.0.2.3 may have 6379 open to the internet. */
export function aWhitelistEntry(over: Partial<WhitelistEntry> = {}): WhitelistEntry {
  return {
    id: 'w-0000000000000001',
    version: 2,
    target: '192.0.2.3',
    protocol: 'tcp',
    ports: '6379',
    widestSource: 'internet',
    reason: 'cache of the public demo',
    owner: 'payments',
    state: 'approved',
    requestedBy: 'ana',
    requestedAt: '2026-03-01T08:00:00.000Z',
    decidedBy: 'ben',
    decidedAt: '2026-03-01T08:30:00.000Z',
    expiresAt: '2026-06-01T00:00:00.000Z',
    ...over,
  };
}
