import type { PrefixList, SecurityGroup } from '../../../core/cloud/network.ts';
import type { Ask, Case } from '../corpus/case.ts';
import { type Cell, type Opening, type SourceCell, admits, cellsOf, includes, openingOf, sourceOf } from './cells.ts';

/** Groups with their ingress rules, and the lists they refer to, as they were read at one moment. */
export interface Rules {
  readonly groups: readonly SecurityGroup[];
  readonly lists: readonly PrefixList[];
}

/** What "close the port" did. */
export interface Outcome {
  /** Is the port still let in from the internet at large: a public share of an IPv4 /8 or an IPv6 /32 and more? */
  readonly stillOpen: boolean;
  /** Is it let in from fewer public addresses that had to go too? */
  readonly leftNarrow: boolean;
  /** (group, protocol, port) that lost a source which had to stay. */
  readonly lostPorts: number;
  /** (group, protocol without ports) likewise: ICMP, GRE. */
  readonly lostProtocols: number;
  /** Sources of rules that lost something which had to stay: CIDRs, lists, groups. */
  readonly lostSources: number;
  /** (group, protocol, port) that let somebody in who was not let in before. */
  readonly gainedPorts: number;
}

/** Addresses of a /8 and of a /32. */
const AT_LARGE = { v4: 1n << 24n, v6: 1n << 96n };

/** Private and special ranges: addresses of it inside a public source may go with it or stay. */
// prettier-ignore
const NOT_PUBLIC = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  '::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20',
].map(sourceOf);

/**
 * Compares what the groups admitted with what they admit. What had to go is written in the case: `goes` of its rules. `nameOf` gives the name
 * that a group has in the case.
 */
export function judgeClosure(asked: Case, nameOf: (groupId: string) => string, before: Rules, after: Rules): Outcome {
  const tally = { lostPorts: 0, lostProtocols: 0, gainedPorts: 0 };
  const lostSources = new Set<string>();
  const left = { v4: 0n, v6: 0n };
  const attached = new Set(asked.world.machines['asked']?.interfaces[asked.ask.interface]?.groups);
  for (const group of before.groups) {
    const name = nameOf(group.id);
    const was = openingsOf(before, group.id);
    const is = openingsOf(after, group.id);
    const keeps = stayingOf(asked, name, was, before.lists);
    const lost = new Set<string>();
    const gained = new Set<string>();
    for (const cell of cellsOf([...was, ...is], asked.ask.port, NOT_PUBLIC)) {
      const isTarget = isAsked(asked.ask, cell);
      const had = was.some((each) => admits(each, cell));
      const has = is.some((each) => admits(each, cell));
      const mustStay = isTarget ? keeps.some((each) => admits(each, cell)) : had;
      if (has && !had) gained.add(trafficOf(cell));
      if (mustStay && !has) {
        lost.add(trafficOf(cell));
        for (const each of isTarget ? keeps : was) if (admits(each, cell)) lostSources.add(`${name} ${each.text}`);
      }
      if (isTarget && has && !mustStay && attached.has(name)) {
        const { source } = cell;
        if (source.kind !== 'named' && isPublic(source)) left[source.kind] += source.to - source.from + 1n;
      }
    }
    tally.lostPorts += portsIn(lost);
    tally.lostProtocols += [...lost].filter((text) => !text.includes('/')).length;
    tally.gainedPorts += portsIn(gained);
  }
  const stillOpen = left.v4 >= AT_LARGE.v4 || left.v6 >= AT_LARGE.v6;
  return { ...tally, stillOpen, leftNarrow: !stillOpen && left.v4 + left.v6 > 0n, lostSources: lostSources.size };
}

function openingsOf({ groups, lists }: Rules, groupId: string): Opening[] {
  const rules = groups.find(({ id }) => id === groupId)?.rules ?? [];
  return rules.filter(({ egress }) => !egress).map((rule) => openingOf(rule, lists));
}

/** What must stay at the port: rules without `goes`, and the entries of a list that are not named by it. */
function stayingOf(asked: Case, name: string, was: readonly Opening[], lists: readonly PrefixList[]): Opening[] {
  const rules = asked.world.groups[name] ?? [];
  return was.flatMap((opening) => {
    const goes = rules
      .filter((rule) => isSameRule(rule.protocol, rule.source, opening, lists))
      .map((rule) => rule.goes);
    if (goes.includes('all')) return [];
    const gone = goes.flatMap((each) => (each === 'all' ? [] : each)).map(sourceOf);
    const sources = opening.sources.filter(
      (source) => !gone.some((each) => includes(each, source) && includes(source, each)),
    );
    return [{ ...opening, sources }];
  });
}

function isSameRule(protocol: string, source: string, opening: Opening, lists: readonly PrefixList[]): boolean {
  if (protocol !== opening.protocol) return false;
  if (!source.startsWith('list:')) return source === opening.text;
  return lists.some(({ id, name }) => id === opening.text && name === source.slice('list:'.length));
}

const isAsked = ({ protocol, port }: Ask, cell: Cell): boolean =>
  cell.protocol === protocol && cell.ports !== null && cell.ports[0] === port && cell.ports[1] === port;

const isPublic = (source: SourceCell): boolean =>
  source.kind !== 'named' && !NOT_PUBLIC.some((each) => includes(each, source));

const trafficOf = ({ protocol, ports }: Cell): string =>
  ports === null ? protocol : `${protocol}/${ports[0]}-${ports[1]}`;

function portsIn(traffic: ReadonlySet<string>): number {
  let count = 0;
  for (const text of traffic) {
    const [from, to] = (text.split('/')[1] ?? '').split('-').map(Number);
    if (from !== undefined && to !== undefined) count += to - from + 1;
  }
  return count;
}
