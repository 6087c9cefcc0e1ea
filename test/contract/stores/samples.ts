import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';

/** Text that breaks careless stores: empty, quotes, newline, NUL, separators of keys, astral, combining, right-to-left. */
export const AWKWARD = [
  '',
  '"quoted"',
  'two\nlines',
  'nul\u0000byte',
  'a#b|c/d',
  '😀 Zoë',
  'e\u0301',
  'עברית',
] as const;

/** Ports 1 to `ports`, each opened at a moment of its own. Not stored yet. */
export function aFingerprintOf(ports: number): Fingerprint {
  return aFingerprint({
    version: 0,
    open: `1-${ports}`,
    history: Array.from({ length: ports }, (_, i) => ({
      port: i + 1,
      transitions: 1 + (i % 3),
      changedAt: new Date(1_772_355_600_000 + i * 1_237).toISOString(),
      closedBy: i % 2 ? null : ('silence' as const),
    })),
  });
}
