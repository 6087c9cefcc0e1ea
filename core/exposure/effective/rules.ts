import type { PrefixList, SecurityGroup, SecurityGroupRule } from '../../cloud/network.ts';
import type { Family } from '../../net/address-number.ts';
import type { Breadth } from '../../net/breadth.ts';
import type { Intervals } from '../../net/intervals.ts';
import { readCidr, readCidrs } from './cidr.ts';
import { type Transport, concerns, portsOf } from './protocol.ts';
import { breadthOf } from './public-space.ts';

/**
 * An ingress rule as it bears on one address family. `edge`: addresses that AWS keeps of its own services. `group`: members of a group.
 * `unknown`: its list could not be read, so it may let in anybody.
 */
export interface IngressRule {
  readonly id: string;
  readonly groupId: string;
  readonly tcp: boolean;
  readonly udp: boolean;
  readonly from: number;
  readonly to: number;
  /** As the rule has it: a network, `pl-...`, `sg-...`. */
  readonly source: string;
  readonly kind: 'addresses' | 'edge' | 'group' | 'unknown';
  readonly addresses: Intervals;
  readonly breadth: Breadth;
}

/** AWS itself, as the owner of a prefix list. */
const AWS = 'AWS';

/** The ingress rules of a group that can let in a source of the family; one that lets in nobody (an empty list) is not among them. */
export function ingressRules(
  group: SecurityGroup,
  family: Family,
  lists: ReadonlyMap<string, PrefixList>,
  publicSpace: Intervals,
): IngressRule[] {
  const out: IngressRule[] = [];
  for (const rule of group.rules) {
    if (rule.egress) continue;
    const who = whoOf(rule, family, lists, publicSpace);
    if (who === null) continue;
    const { from, to } = portsOf(rule);
    out.push({
      id: rule.id,
      groupId: group.id,
      tcp: concerns(rule.protocol, 'tcp'),
      udp: concerns(rule.protocol, 'udp'),
      from,
      to,
      ...who,
    });
  }
  return out;
}

export function coversPort(rule: IngressRule, protocol: Transport, port: number): boolean {
  return rule[protocol] && rule.from <= port && port <= rule.to;
}

type Who = Pick<IngressRule, 'source' | 'kind' | 'addresses' | 'breadth'>;

function whoOf(
  { source }: SecurityGroupRule,
  family: Family,
  lists: ReadonlyMap<string, PrefixList>,
  publicSpace: Intervals,
): Who | null {
  switch (source.kind) {
    case 'group':
      return { source: source.id, kind: 'group', addresses: [], breadth: 'group' };
    case 'prefix-list':
      return whoOfList(source.id, family, lists.get(source.id), publicSpace);
    case 'ipv4':
    case 'ipv6': {
      const cidr = readCidr(source.cidr);
      if (cidr === null) return unknown(source.cidr);
      if (cidr.family !== family) return null;
      return addresses(source.cidr, family, [cidr.interval], publicSpace);
    }
  }
}

function whoOfList(id: string, family: Family, list: PrefixList | undefined, publicSpace: Intervals): Who | null {
  if (list === undefined) return unknown(id);
  if (list.family !== family) return null;
  const held = readCidrs(
    family,
    list.entries.map(({ cidr }) => cidr),
  );
  if (held === null) return unknown(id);
  if (held.length === 0) return null;
  if (list.ownerId === AWS) return { source: id, kind: 'edge', addresses: held, breadth: 'aws-edge' };
  return addresses(id, family, held, publicSpace);
}

function addresses(source: string, family: Family, held: Intervals, publicSpace: Intervals): Who | null {
  const breadth = breadthOf(family, held, publicSpace);
  return breadth === null ? null : { source, kind: 'addresses', addresses: held, breadth };
}

/** What cannot be read is taken to be as wide as it could be. */
function unknown(source: string): Who {
  return { source, kind: 'unknown', addresses: [], breadth: 'internet' };
}
