import type { PrefixList, SecurityGroupRule } from '../../../../core/cloud/network.ts';
import type { RulesByGroup } from '../../../../core/remediation/security-groups/closure-plan.ts';
import { textOf } from './small-ec2.ts';

type Place = 'public' | 'private' | 'special';

/** Sources that stand for all others: one at least in each network that a test rule names, outside the networks in it that others name. */
export const SOURCES: Readonly<Record<string, Place>> = {
  '8.8.8.8': 'public',
  '50.0.0.1': 'public',
  '9.255.255.255': 'public',
  '10.0.0.0': 'private',
  '10.5.5.5': 'private',
  '10.255.255.255': 'private',
  '11.0.0.0': 'public',
  '52.1.2.3': 'public',
  '52.1.2.4': 'public',
  '100.64.0.1': 'private',
  '100.128.0.1': 'public',
  '127.0.0.1': 'special',
  '150.1.1.1': 'public',
  '169.254.1.1': 'special',
  '172.15.255.255': 'public',
  '172.16.0.0': 'private',
  '172.32.0.0': 'public',
  '192.168.1.7': 'private',
  '192.168.9.9': 'private',
  '203.0.113.9': 'special',
  '223.255.255.1': 'public',
  '2600::1': 'public',
  '2601::1': 'public',
  '2a00::1': 'public',
  '4000::1': 'special',
  'fc00::1': 'private',
  'fd00::1': 'private',
  'fe00::1': 'special',
  'fe80::1': 'special',
};

/** Numbers that a split of protocol -1 does not keep: `89` is in rules of its own too, `90` in none. */
const UNKEPT = ['89', '90'];
const PROTOCOLS = ['tcp', 'udp', 'icmp', 'icmpv6', '47', '50', '51', '132', ...UNKEPT];
/** Ends of the ranges of test rules. */
export const PORTS = [0, 1, 2, 3, 4, 5, 6, 7, 65_533, 65_534, 65_535] as const;
/** 1000 stands for those between. */
const ALL_PORTS = [...PORTS, 1_000];

export interface Closing {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly family: 'v4' | 'v6' | 'both';
  readonly keepPrivate?: boolean;
}

/** Everything of the small universe that the rules let in, one line each: `sg-1 tcp 4 8.8.8.8`. */
export function admitted(rules: RulesByGroup, lists: readonly PrefixList[]): Set<string> {
  const found = new Set<string>();
  for (const [groupId, each] of rules) {
    for (const rule of each) for (const line of knownLines(groupId, rule, lists)) found.add(line);
  }
  return found;
}

/**
 * What must be left, and what may go besides: the target from special sources, and protocols 89 and 90 that only a rule of protocol -1 let in.
 * Of private sources the target must go if only 0.0.0.0/0 or ::/0 let them in, unless they are to be kept.
 */
export function expectedAfter(
  rules: RulesByGroup,
  lists: readonly PrefixList[],
  closing: Closing,
): { must: Set<string>; may: Set<string> } {
  const { must, may } = { must: new Set<string>(), may: new Set<string>() };
  const those = (keep: (rule: SecurityGroupRule) => boolean, of: readonly PrefixList[] = lists) =>
    admitted(new Map([...rules].map(([id, each]) => [id, each.filter(keep)])), of);
  const explicit = those(({ protocol }) => protocol !== '-1');
  const isNamed = (cidr: string) => closing.keepPrivate === true || Number(cidr.split('/')[1]) >= 5;
  const namedOnly = lists.map((list) => ({ ...list, entries: list.entries.filter(({ cidr }) => isNamed(cidr)) }));
  const named = those(({ source }) => !('cidr' in source) || isNamed(source.cidr), namedOnly);
  for (const line of admitted(rules, lists)) {
    const [, protocol, point, source] = line.split(' ') as [string, string, string, string];
    const place = SOURCES[source];
    const asked =
      place !== undefined && (closing.family === 'both' || (closing.family === 'v6') === source.includes(':'));
    const isTarget = protocol === closing.protocol && Number(point) === closing.port;
    const stays = place === 'private' && named.has(line);
    if (!asked || stays) must.add(line);
    else if (isTarget && place === 'special') may.add(line);
    else if (isTarget) continue;
    else if (UNKEPT.includes(protocol) && !explicit.has(line)) may.add(line);
    else must.add(line);
  }
  return { must, may };
}

/** The same rules come back in every state that is looked at. */
const known = new WeakMap<readonly PrefixList[], Map<string, readonly string[]>>();

function knownLines(groupId: string, rule: SecurityGroupRule, lists: readonly PrefixList[]): readonly string[] {
  const ofLists = known.get(lists) ?? new Map<string, readonly string[]>();
  known.set(lists, ofLists);
  const key = `${groupId} ${textOf(rule)}`;
  const lines = ofLists.get(key) ?? [...linesOf(rule, lists)].map((line) => `${groupId} ${line}`);
  ofLists.set(key, lines);
  return lines;
}

function* linesOf(rule: SecurityGroupRule, lists: readonly PrefixList[]): Generator<string> {
  for (const source of sourcesOf(rule, lists)) {
    for (const protocol of PROTOCOLS) {
      if (rule.protocol !== '-1' && rule.protocol !== protocol) continue;
      // A rule for everything lets in the ICMP of its family.
      if (rule.protocol === '-1' && protocol === 'icmp' && source.includes(':')) continue;
      if (rule.protocol === '-1' && protocol === 'icmpv6' && source.includes('.')) continue;
      for (const point of pointsOf(rule, protocol)) yield `${protocol} ${point} ${source}`;
    }
  }
}

function pointsOf(rule: SecurityGroupRule, protocol: string): readonly (number | string)[] {
  if (protocol !== 'tcp' && protocol !== 'udp') {
    return rule.protocol === '-1' || rule.fromPort === null || rule.fromPort === -1 ? ['any', 8] : [rule.fromPort];
  }
  if (rule.protocol === '-1' || rule.fromPort === null || rule.toPort === null) return ALL_PORTS;
  return ALL_PORTS.filter((port) => Number(rule.fromPort) <= port && port <= Number(rule.toPort));
}

function sourcesOf({ source }: SecurityGroupRule, lists: readonly PrefixList[]): string[] {
  if (source.kind === 'group') return [source.id];
  if (source.kind !== 'prefix-list') return Object.keys(SOURCES).filter((address) => isIn(address, source.cidr));
  const list = lists.find(({ id }) => id === source.id);
  if (!list || list.ownerId === 'AWS') return [source.id];
  return Object.keys(SOURCES).filter((address) => list.entries.some(({ cidr }) => isIn(address, cidr)));
}

/** Compares the leading bits as text. */
function isIn(address: string, cidr: string): boolean {
  const [network = '', length = ''] = cidr.split('/');
  if (network.includes(':') !== address.includes(':')) return false;
  return bitsOf(address).slice(0, Number(length)) === bitsOf(network).slice(0, Number(length));
}

function bitsOf(address: string): string {
  if (!address.includes(':')) return bits(address.split('.').map(Number), 8);
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) =>
    part === '' ? [] : part.split(':').map((x) => Number.parseInt(x, 16)),
  );
  const middle = Array.from({ length: 8 - left!.length - right!.length }, () => 0);
  return bits([...left!, ...middle, ...right!], 16);
}

function bits(parts: readonly number[], width: number): string {
  return parts.map((part) => part.toString(2).padStart(width, '0')).join('');
}
