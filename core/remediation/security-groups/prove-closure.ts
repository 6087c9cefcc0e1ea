import type { PrefixList, SecurityGroupRule } from '../../cloud/network.ts';
import { AddressSet } from '../../net/address-set.ts';
import { PRIVATE_SPACE, publicPart } from '../../net/public-space.ts';
import type { ClosureTarget, RulesByGroup } from './closure-plan.ts';
import { InexactClosure } from './inexact-closure.ts';
import { type Cell, admits, cellText, cellsOf } from './traffic-cells.ts';

/** Numbers that stay open when a rule of protocol -1 is split, as the plan promises: GRE, ESP, AH, SCTP. */
const PROMISED = ['47', '50', '51', '132'];
const EVERY: Readonly<Record<ClosureTarget['family'], AddressSet>> = {
  v4: AddressSet.parse('0.0.0.0/0'),
  v6: AddressSet.parse('::/0'),
  both: AddressSet.fromCidrs(['0.0.0.0/0', '::/0']),
};

/** Who is let in: addresses, and by name what is no list of addresses of ours (groups, lists that AWS keeps, lists that were not read). */
interface Admitted {
  readonly addresses: AddressSet;
  readonly names: readonly string[];
}

/**
 * Holds only if every group admits after exactly what it admitted before, without the target from public sources: cut into traffic that
 * every rule treats as one, the sources of each are compared. It shares no arithmetic with the planner. Two things are let pass: special
 * addresses, which no packet comes from, may go with the target's public ones; and where a rule of protocol -1 was split, public sources
 * lose the protocol numbers that are not kept.
 * @throws InexactClosure naming what else differs.
 */
export function proveClosure(
  before: RulesByGroup,
  after: RulesByGroup,
  target: ClosureTarget,
  prefixLists: readonly PrefixList[],
): void {
  const problems = [...new Set([...before.keys(), ...after.keys()])].flatMap((groupId) => {
    const [was, is] = [before.get(groupId), after.get(groupId)];
    if (!was || !is) return [`${groupId} was read only ${was ? 'before' : 'after'}`];
    return new GroupProof(was, is, target, prefixLists).problems().map((problem) => `${groupId}: ${problem}`);
  });
  if (problems.length > 0) throw new InexactClosure(problems.join('; '));
}

class GroupProof {
  readonly #before: readonly SecurityGroupRule[];
  readonly #after: readonly SecurityGroupRule[];
  readonly #target: ClosureTarget;
  readonly #lists: ReadonlyMap<string, PrefixList>;
  readonly #known = new Map<string, AddressSet | null>();

  constructor(
    before: readonly SecurityGroupRule[],
    after: readonly SecurityGroupRule[],
    target: ClosureTarget,
    prefixLists: readonly PrefixList[],
  ) {
    this.#before = before.filter(({ egress }) => !egress);
    this.#after = after.filter(({ egress }) => !egress);
    this.#target = target;
    this.#lists = new Map(prefixLists.map((list) => [list.id, list]));
  }

  problems(): string[] {
    const cells = cellsOf([...this.#before, ...this.#after], this.#target.port, PROMISED);
    return cells.flatMap((cell) => this.#problemsOf(cell));
  }

  #problemsOf(cell: Cell): string[] {
    const isTarget =
      cell.kind === 'ports' && cell.protocol === this.#target.protocol && cell.from === this.#target.port;
    const [was, is] = [admitting(this.#before, cell), admitting(this.#after, cell)];
    if (!isTarget && sameSources(was, is)) return [];
    const [had, has] = [this.#admitted(was, cell), this.#admitted(is, cell)];
    const problems: string[] = [];
    const gained = has.addresses.subtract(had.addresses);
    if (!gained.isEmpty) problems.push(`${cellText(cell)} is let in from ${gained.toString()} and was not before`);
    const lost = had.addresses.subtract(has.addresses).subtract(this.#mayLose(cell, isTarget, was));
    if (!lost.isEmpty) problems.push(`${cellText(cell)} is not let in from ${lost.toString()} any more`);
    if (had.names.join() !== has.names.join()) {
      problems.push(`${cellText(cell)} is let in from [${has.names.join(', ')}] instead of [${had.names.join(', ')}]`);
    }
    const open = publicPart(has.addresses.intersect(EVERY[this.#target.family]));
    if (isTarget && !open.isEmpty) problems.push(`${cellText(cell)} is still let in from ${open.toString()}`);
    return problems;
  }

  /** Addresses from which this traffic may end. */
  #mayLose(cell: Cell, isTarget: boolean, was: readonly SecurityGroupRule[]): AddressSet {
    const outside = EVERY[this.#target.family].subtract(PRIVATE_SPACE);
    if (isTarget) return outside;
    if (cell.kind !== 'protocol' || PROMISED.includes(cell.number ?? '')) return AddressSet.EMPTY;
    const named = was.filter(({ protocol }) => !isEverything(protocol));
    return outside.subtract(this.#admitted(named, cell).addresses);
  }

  #admitted(rules: readonly SecurityGroupRule[], cell: Cell): Admitted {
    const names = new Set<string>();
    let addresses = AddressSet.EMPTY;
    for (const rule of rules) {
      const own = this.#addressesOf(rule);
      if (own === null) names.add('id' in rule.source ? rule.source.id : rule.source.cidr);
      else addresses = addresses.union(isEverything(rule.protocol) ? ofFamily(own, cell) : own);
    }
    return { addresses, names: [...names].sort() };
  }

  /** null: known by name only. */
  #addressesOf({ source }: SecurityGroupRule): AddressSet | null {
    const key = keyOf(source);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#read(source);
    this.#known.set(key, found);
    return found;
  }

  #read(source: SecurityGroupRule['source']): AddressSet | null {
    if (source.kind === 'ipv4') return AddressSet.parse(source.cidr).intersect(EVERY.v4);
    if (source.kind === 'ipv6') return AddressSet.parse(source.cidr).intersect(EVERY.v6);
    const list = source.kind === 'prefix-list' ? this.#lists.get(source.id) : undefined;
    if (!list || list.ownerId === 'AWS') return null;
    return AddressSet.fromCidrs(list.entries.map(({ cidr }) => cidr)).intersect(EVERY[list.family]);
  }
}

function admitting(rules: readonly SecurityGroupRule[], cell: Cell): SecurityGroupRule[] {
  return rules.filter((rule) => admits(rule, cell));
}

/** The same sources in writing are the same addresses. A rule for everything counts apart: of ICMP it admits one kind by family. */
function sameSources(a: readonly SecurityGroupRule[], b: readonly SecurityGroupRule[]): boolean {
  const text = (rules: readonly SecurityGroupRule[]) =>
    [...new Set(rules.map(({ protocol, source }) => `${isEverything(protocol)} ${keyOf(source)}`))].sort().join();
  return text(a) === text(b);
}

function keyOf(source: SecurityGroupRule['source']): string {
  return 'id' in source ? source.id : source.cidr;
}

function isEverything(protocol: string): boolean {
  return ['-1', 'all'].includes(protocol.toLowerCase());
}

/** ICMP exists in IPv4 only, ICMPv6 in IPv6 only. */
function ofFamily(addresses: AddressSet, cell: Cell): AddressSet {
  if (cell.kind !== 'icmp') return addresses;
  return addresses.intersect(cell.protocol === 'icmp' ? EVERY.v4 : EVERY.v6);
}
