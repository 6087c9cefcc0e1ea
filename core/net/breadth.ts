import * as z from 'zod';

/**
 * How wide a source is, ascending. `host`: this machine. `private`: RFC 1918, ULA, shared space. `group`: members of another security group.
 * `aws-edge`: address lists that AWS keeps of its own services, such as CloudFront. Then the public ones: `single` address, `range`,
 * `wide` (a public share of an IPv4 /8 or an IPv6 /32 and more), `internet`: everything routable.
 */
export const BREADTHS = ['host', 'private', 'group', 'aws-edge', 'single', 'range', 'wide', 'internet'] as const;
export const Breadth = z.enum(BREADTHS);
export type Breadth = z.infer<typeof Breadth>;

/** Negative when `a` is narrower than `b`. */
export function compareBreadth(a: Breadth, b: Breadth): number {
  return BREADTHS.indexOf(a) - BREADTHS.indexOf(b);
}

/** The widest of some; undefined of none. */
export function widest(breadths: Iterable<Breadth>): Breadth | undefined {
  let found: Breadth | undefined;
  for (const each of breadths) if (found === undefined || compareBreadth(each, found) > 0) found = each;
  return found;
}
