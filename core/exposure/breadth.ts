import type { Admission } from '../findings/finding.ts';
import { scopeOf } from '../net/address.ts';
import { type Breadth, widest } from '../net/breadth.ts';

/**
 * The widest source that reaches an address through the given rules. Without a rule the address itself is the bound:
 * an open port that nothing explains is taken to be as wide as its address can be.
 */
export function widestOf(address: string, admissions: readonly Admission[]): Breadth {
  return widest(admissions.map(({ breadth }) => breadth)) ?? scopeOf(address);
}
