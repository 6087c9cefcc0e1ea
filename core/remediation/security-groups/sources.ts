import type { PrefixList } from '../../cloud/network.ts';
import { AddressSet } from '../../net/address-set.ts';
import { namesNobody, PRIVATE_SPACE, publicPart } from '../../net/public-space.ts';
import type { ClosureTarget } from './closure-plan.ts';
import type { RuleShape } from './rule-step.ts';

type Source = RuleShape['source'];
type Family = 'v4' | 'v6';

/**
 * `public`: some address of it comes from the internet; `remainder` are the private networks that keep the port. `inside`: private or special
 * throughout. `aws-edge`: a list that AWS keeps of its own services. `other-family`: not asked for. `unknown`: a prefix list that was not read.
 */
export type Reach =
  | { readonly kind: 'public'; readonly family: Family; readonly remainder: readonly Source[] }
  | { readonly kind: 'inside' | 'group' | 'aws-edge' | 'other-family' | 'unknown' };

/** An IPv6 network of IPv4-mapped addresses lets nobody in: EC2 sees IPv4. */
const ALL: Readonly<Record<Family, AddressSet>> = { v4: AddressSet.parse('0.0.0.0/0'), v6: AddressSet.parse('::/0') };

/** Who a rule with this source lets in. @throws BadInput when a CIDR cannot be read. */
export function reachOf(
  source: Source,
  { family: wanted, keepPrivate }: ClosureTarget,
  prefixLists: readonly PrefixList[],
): Reach {
  if (source.kind === 'group') return { kind: 'group' };
  const list = source.kind === 'prefix-list' ? prefixLists.find(({ id }) => id === source.id) : undefined;
  if (source.kind === 'prefix-list' && !list) return { kind: 'unknown' };
  if (list?.ownerId === 'AWS') return { kind: 'aws-edge' };
  const family = list ? list.family : source.kind === 'ipv6' ? 'v6' : 'v4';
  if (wanted !== 'both' && wanted !== family) return { kind: 'other-family' };
  const networks = list ? list.entries.map(({ cidr }) => cidr) : source.kind === 'prefix-list' ? [] : [source.cidr];
  const addresses = AddressSet.fromCidrs(networks).intersect(ALL[family]);
  if (publicPart(addresses).isEmpty) return { kind: 'inside' };
  const named = keepPrivate ? networks : networks.filter((network) => !namesNobody(network));
  const kept = AddressSet.fromCidrs(named).intersect(addresses).intersect(PRIVATE_SPACE);
  return { kind: 'public', family, remainder: asSources(kept) };
}

/** One source per network; EC2 writes a single address with its prefix. */
function asSources(set: AddressSet): Source[] {
  const networks = set.isEmpty ? [] : set.toString().split(',');
  return networks.map((network) => {
    const kind = network.includes(':') ? 'ipv6' : 'ipv4';
    const single = kind === 'ipv6' ? '/128' : '/32';
    return { kind, cidr: network.includes('/') ? network : `${network}${single}` };
  });
}
