import type { Admission } from '../findings/finding.ts';
import { type AddressScope, scopeOf } from '../net/address.ts';

const BY_WIDTH = ['host', 'private', 'internet'] as const satisfies readonly AddressScope[];

/**
 * The widest source that reaches an address through the given rules. Without a rule the address itself is the bound:
 * an open port that nothing explains is taken to be as wide as its address can be.
 */
export function widestOf(address: string, admissions: readonly Admission[]): AddressScope {
  const widths = admissions.map((admission) => BY_WIDTH.indexOf(admission.breadth));
  return admissions.length === 0 ? scopeOf(address) : (BY_WIDTH[Math.max(...widths)] ?? 'internet');
}
