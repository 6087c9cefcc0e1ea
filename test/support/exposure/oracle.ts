import type { AclEntry, CloudNetwork, SecurityGroupRule } from '../../../core/cloud/network.ts';
import type { Universe } from './universe.ts';

export interface OracleAnswer {
  readonly reachable: 'yes' | 'partly' | 'no' | 'unknown';
  /** Points that a rule that can be read lets in and that nothing surely stops. */
  readonly sources: string[];
  readonly breadth: string | null;
  readonly admittedBy: string[];
}

/** Three-valued: null is "not known". */
type Known = boolean | null;

/** One reply port of each stretch between the bounds that the universe uses. */
const REPLY_PORTS = [1_024, 40_000, 65_535];

/**
 * The same question answered the slow way: one source address after the other, one reply port after the other, each list walked from its
 * first entry to its last, networks compared as text of bits. It shares nothing with the evaluator.
 */
export function oracle(network: CloudNetwork, universe: Universe, protocol: 'tcp' | 'udp', port: number): OracleAnswer {
  const gate = gates(network, protocol, port);
  const seen = universe.points.map((point) => ({ ...point, ...walk(network, point, protocol, port) }));
  const publicOnes = seen.filter(({ isPublic }) => isPublic);
  const best = (['yes', 'partly', 'unknown'] as const).find((each) => publicOnes.some(({ fate }) => fate === each));
  const reachable = gate === false || best === undefined ? 'no' : gate === null ? 'unknown' : best;
  const entering = publicOnes.filter(({ groups }) => groups !== false);
  const judged = entering.length > 0 ? entering : publicOnes;
  const stopped = gate === false || judged.every(({ stoppedAfterGroups }) => stoppedAfterGroups);
  if (stopped) return { reachable: 'no', sources: [], breadth: null, admittedBy: [] };
  const covering = rulesOn(network).filter(
    (rule) => covers(rule, protocol, port) && concernsFamily(network, rule, universe),
  );
  const sources = seen.filter(({ remains }) => remains);
  return {
    reachable,
    sources: sources.map(({ address }) => address),
    breadth: breadth(network, universe, seen, covering),
    admittedBy: covering.map(({ id }) => id),
  };
}

interface Fate {
  fate: 'yes' | 'partly' | 'no' | 'unknown';
  groups: Known;
  stoppedAfterGroups: boolean;
  remains: boolean;
  passesLists: boolean;
}

function walk(
  network: CloudNetwork,
  { address, isPublic }: { address: string; isPublic: boolean },
  protocol: 'tcp' | 'udp',
  port: number,
): Fate {
  const groups = letIn(network, address, protocol, port);
  const inSubnet = network.subnets.some(({ cidrs }) => cidrs.some((cidr) => within(address, cidr)));
  const acl = network.acls[0];
  const rowSays = (egress: boolean, at: number): Known =>
    acl === undefined ? null : inSubnet || firstRow(acl.entries, egress, protocol, at, address);
  const inbound = rowSays(false, port);
  const replies = REPLY_PORTS.map((at) => rowSays(true, at));
  const route = routed(network, address);
  const lists = inbound !== false && replies.some((each) => each !== false);
  const stoppedAfterGroups = !lists || route === false;
  const facts = [
    groups,
    inbound,
    route,
    replies.some((each) => each === true) ? true : replies.every((each) => each === false) ? false : null,
  ];
  const fate = facts.includes(false)
    ? 'no'
    : facts.includes(null)
      ? 'unknown'
      : replies.every((each) => each === true)
        ? 'yes'
        : 'partly';
  const passesLists = lists && (!isPublic || route !== false);
  return {
    fate,
    groups,
    stoppedAfterGroups,
    passesLists,
    remains: groups === true && surely(network, address, protocol, port) && passesLists,
  };
}

function gates(network: CloudNetwork, protocol: 'tcp' | 'udp', port: number): Known {
  const instance = network.instances[0];
  const running: Known =
    instance === undefined ? null : instance.state === 'running' ? true : instance.state === 'stopped' ? false : null;
  const block = network.publicAccessBlock;
  const open =
    block === null ||
    block.mode === 'off' ||
    block.exclusions.some(({ resourceId }) => ['vpc-1', 'subnet-1'].includes(resourceId));
  const balancer = network.loadBalancers[0];
  const listens =
    balancer === undefined ||
    balancer.listeners.some((each) => each.port === port && each.protocol === protocol.toUpperCase());
  if (running === false || !open || !listens) return false;
  return running;
}

function rulesOn(network: CloudNetwork): SecurityGroupRule[] {
  const ids = network.interfaces[0]?.groupIds ?? [];
  return ids
    .flatMap((id) => network.groups.find((group) => group.id === id)?.rules ?? [])
    .filter(({ egress }) => !egress);
}

function covers(rule: SecurityGroupRule, protocol: string, port: number): boolean {
  if (rule.protocol === '-1') return true;
  if (![protocol, protocol === 'tcp' ? '6' : '17'].includes(rule.protocol)) return false;
  return Number(rule.fromPort) <= port && port <= Number(rule.toPort);
}

/** Networks that a rule names; null when its list is missing. */
function networksOf(network: CloudNetwork, { source }: SecurityGroupRule): string[] | null {
  if (source.kind === 'group') return [];
  if (source.kind !== 'prefix-list') return [source.cidr];
  return network.prefixLists.find(({ id }) => id === source.id)?.entries.map(({ cidr }) => cidr) ?? null;
}

function isEdge(network: CloudNetwork, { source }: SecurityGroupRule): boolean {
  return (
    source.kind === 'prefix-list' &&
    network.prefixLists.some(({ id, ownerId }) => id === source.id && ownerId === 'AWS')
  );
}

function concernsFamily(network: CloudNetwork, rule: SecurityGroupRule, { family }: Universe): boolean {
  if (rule.source.kind === 'group') return true;
  const networks = networksOf(network, rule);
  return networks === null || networks.some((cidr) => cidr.includes(':') === (family === 'v6'));
}

function surely(network: CloudNetwork, address: string, protocol: string, port: number): boolean {
  return rulesOn(network).some(
    (rule) =>
      covers(rule, protocol, port) &&
      !isEdge(network, rule) &&
      networksOf(network, rule)?.some((cidr) => within(address, cidr)) === true,
  );
}

function letIn(network: CloudNetwork, address: string, protocol: string, port: number): Known {
  if (surely(network, address, protocol, port)) return true;
  const missing =
    network.interfaces[0]?.groupIds.some((id) => !network.groups.some((group) => group.id === id)) === true;
  return missing || rulesOn(network).some((rule) => covers(rule, protocol, port) && networksOf(network, rule) === null)
    ? null
    : false;
}

function firstRow(
  entries: readonly AclEntry[],
  egress: boolean,
  protocol: string,
  port: number,
  address: string,
): boolean {
  const rows = entries.filter((entry) => entry.egress === egress).sort((a, b) => a.number - b.number);
  for (const row of rows) {
    const number = protocol === 'tcp' ? '6' : '17';
    if (!['-1', protocol, number].includes(row.protocol)) continue;
    if (row.ports !== null && (port < row.ports.from || port > row.ports.to)) continue;
    if (within(address, row.cidr)) return row.allow;
  }
  return false;
}

/** true: straight to an internet gateway. false: to nowhere that answers from here. null: elsewhere, or not known. */
function routed(network: CloudNetwork, address: string): Known {
  const table = network.routeTables[0];
  if (table === undefined) return null;
  const lists = new Map(network.prefixLists.map((list) => [list.id, list.entries.map(({ cidr }) => cidr)]));
  const found: { bits: number; list: boolean; to: string }[] = [];
  for (const { destination, target, active } of table.routes) {
    const list = destination.startsWith('pl-');
    const networks = list ? lists.get(destination) : [destination];
    if (networks === undefined) return null;
    const to = target !== null && active ? target : `gone ${target}`;
    for (const cidr of networks) if (within(address, cidr)) found.push({ bits: Number(cidr.split('/')[1]), list, to });
  }
  const longest = found.filter(({ bits }) => found.every((other) => other.bits <= bits));
  const first = longest.find(({ list }) => !list);
  const targets = new Set((first ? [first] : longest).map(({ to }) => to));
  if (targets.size === 0) return false;
  if (targets.size > 1) return null;
  const [to = ''] = targets;
  if (to.startsWith('igw-')) return true;
  return ['nat-', 'eigw', 'pcx-', 'gone', 'loca'].includes(to.slice(0, 4)) ? false : null;
}

function breadth(
  network: CloudNetwork,
  universe: Universe,
  seen: readonly ({ address: string; isPublic: boolean } & Fate)[],
  covering: readonly SecurityGroupRule[],
): string | null {
  const remaining = seen.filter(({ remains }) => remains);
  const publicOnes = remaining.filter(({ isPublic }) => isPublic);
  if (publicOnes.length === seen.filter(({ isPublic }) => isPublic).length) return 'internet';
  if (publicOnes.length === 1 && publicOnes[0]?.address === universe.single) return 'single';
  if (publicOnes.length > 0) return 'wide';
  const edge = covering.some(
    (rule) =>
      isEdge(network, rule) &&
      seen.some(
        ({ address, passesLists }) => passesLists && networksOf(network, rule)?.some((cidr) => within(address, cidr)),
      ),
  );
  if (edge) return 'aws-edge';
  if (covering.some(({ source }) => source.kind === 'group')) return 'group';
  return remaining.length > 0 ? 'private' : null;
}

/** Is the address in the network? Bits as text. */
function within(address: string, cidr: string): boolean {
  const [base = '', length = ''] = cidr.split('/');
  if (base.includes(':') !== address.includes(':')) return false;
  return bitsOf(address).startsWith(bitsOf(base).slice(0, Number(length)));
}

function bitsOf(address: string): string {
  if (!address.includes(':'))
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((half) => half.split(':').filter((part) => part !== ''));
  const zeros = Array.from({ length: 8 - left!.length - right!.length }, () => '0');
  return [...left!, ...zeros, ...right!]
    .map((part) => Number.parseInt(part, 16).toString(2).padStart(16, '0'))
    .join('');
}
