import type { PrefixList, SecurityGroupRule } from '../../cloud/network.ts';
import { AddressSet } from '../../net/address-set.ts';
import { namesNobody, PRIVATE_SPACE, publicPart } from '../../net/public-space.ts';
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
  /** Those of `addresses` that some network names that is not as wide as a sixteenth of all; with `keepPrivate` all. */
  readonly named: AddressSet;
  readonly names: readonly string[];
}

/** What one rule lets in; null: known by name only. */
type Sources = Pick<Admitted, 'addresses' | 'named'> | null;

/**
 * Holds only if every group admits after exactly what it admitted before, without the target from public sources: cut into traffic that
 * every rule treats as one, the sources of each are compared. It shares no arithmetic with the planner. Two things are let pass: special
 * addresses, which no packet comes from, may go with the target's public ones; and where a rule of protocol -1 was split, its sources but
 * the named private networks may lose the protocol numbers that are not kept.
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
  readonly #known = new Map<string, Sources>();

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
    if (!isTarget && this.#isSame(was, is, cell)) return [];
    const [had, has] = [this.#admitted(was, cell), this.#admitted(is, cell)];
    const problems: string[] = [];
    const gained = has.addresses.subtract(had.addresses);
    if (!gained.isEmpty) problems.push(`${cellText(cell)} is let in from ${gained.toString()} and was not before`);
    const lost = had.addresses.subtract(has.addresses).subtract(this.#mayLose(cell, isTarget, was));
    if (!lost.isEmpty) problems.push(`${cellText(cell)} is not let in from ${lost.toString()} any more`);
    if (had.names.join() !== has.names.join()) {
      problems.push(`${cellText(cell)} is let in from [${has.names.join(', ')}] instead of [${had.names.join(', ')}]`);
    }
    const open = has.addresses.subtract(this.#mayHave(had));
    if (isTarget && !open.isEmpty) problems.push(`${cellText(cell)} is still let in from ${open.toString()}`);
    return problems;
  }

  /** Is the difference of the two, left and right, the same set? Then so are the two. Spares the union of a thousand rules in every cell. */
  #isSame(was: readonly SecurityGroupRule[], is: readonly SecurityGroupRule[], cell: Cell): boolean {
    const [had, has] = [this.#admitted(without(was, is), cell), this.#admitted(without(is, was), cell)];
    return had.addresses.equals(has.addresses) && had.names.join() === has.names.join();
  }

  /** Of who reached the target, the addresses that may reach it still. */
  #mayHave({ addresses, named }: Admitted): AddressSet {
    const asked = addresses.intersect(EVERY[this.#target.family]);
    const unnamed = asked.intersect(PRIVATE_SPACE).subtract(named);
    return addresses.subtract(publicPart(asked)).subtract(unnamed);
  }

  /** Addresses from which this traffic may end. */
  #mayLose(cell: Cell, isTarget: boolean, was: readonly SecurityGroupRule[]): AddressSet {
    const unkept = ({ named }: Admitted) => EVERY[this.#target.family].subtract(PRIVATE_SPACE.intersect(named));
    if (isTarget) return unkept(this.#admitted(was, cell));
    if (cell.kind !== 'protocol' || PROMISED.includes(cell.number ?? '')) return AddressSet.EMPTY;
    const split = was.filter(({ protocol }) => isEverything(protocol));
    const others = was.filter(({ protocol }) => !isEverything(protocol));
    return unkept(this.#admitted(split, cell)).subtract(this.#admitted(others, cell).addresses);
  }

  #admitted(rules: readonly SecurityGroupRule[], cell: Cell): Admitted {
    const names = new Set<string>();
    let [addresses, named] = [AddressSet.EMPTY, AddressSet.EMPTY];
    for (const { protocol, source } of rules) {
      const own = this.#sourcesOf(source);
      const ofCell = (set: AddressSet) => (isEverything(protocol) ? ofFamily(set, cell) : set);
      if (own === null) {
        names.add(keyOf(source));
      } else {
        addresses = addresses.union(ofCell(own.addresses));
        named = named.union(ofCell(own.named));
      }
    }
    return { addresses, named, names: [...names].sort() };
  }

  #sourcesOf(source: SecurityGroupRule['source']): Sources {
    const key = keyOf(source);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#read(source);
    this.#known.set(key, found);
    return found;
  }

  #read(source: SecurityGroupRule['source']): Sources {
    if (source.kind === 'ipv4') return this.#ofNetworks([source.cidr], 'v4');
    if (source.kind === 'ipv6') return this.#ofNetworks([source.cidr], 'v6');
    const list = source.kind === 'prefix-list' ? this.#lists.get(source.id) : undefined;
    if (!list || list.ownerId === 'AWS') return null;
    return this.#ofNetworks(
      list.entries.map(({ cidr }) => cidr),
      list.family,
    );
  }

  #ofNetworks(networks: readonly string[], family: 'v4' | 'v6'): Sources {
    const set = (texts: readonly string[]) => AddressSet.fromCidrs(texts).intersect(EVERY[family]);
    const named = networks.filter((network) => this.#target.keepPrivate || !namesNobody(network));
    return { addresses: set(networks), named: set(named) };
  }
}

function admitting(rules: readonly SecurityGroupRule[], cell: Cell): SecurityGroupRule[] {
  return rules.filter((rule) => admits(rule, cell));
}

/** Rules of `left` whose source no rule of `right` has. A rule for everything counts apart: of ICMP it admits one kind by family. */
function without(left: readonly SecurityGroupRule[], right: readonly SecurityGroupRule[]): SecurityGroupRule[] {
  const text = ({ protocol, source }: SecurityGroupRule) => `${isEverything(protocol)} ${keyOf(source)}`;
  const there = new Set(right.map(text));
  return left.filter((rule) => !there.has(text(rule)));
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
