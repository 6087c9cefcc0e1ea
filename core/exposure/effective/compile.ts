import type {
  CloudNetwork,
  ElasticAddress,
  Instance,
  LoadBalancer,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  RouteTable,
  SecurityGroup,
  Subnet,
  Vpc,
} from '../../cloud/network.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import type { Family } from '../../net/address-number.ts';
import { type Intervals, intersectIntervals, normalise, subtractIntervals } from '../../net/intervals.ts';
import { type AccessList, compileAccessList } from './access-list.ts';
import { readCidrs } from './cidr.ts';
import type { Transport } from './protocol.ts';
import { EVERYONE, PUBLIC } from './public-space.ts';
import { type ReplyRoutes, compileRoutes } from './routes.ts';
import { type IngressRule, ingressRules } from './rules.ts';

/** An address of an interface. `outside`: packets from the internet that are sent to it arrive there. */
export interface Location {
  readonly address: Address;
  readonly family: Family;
  readonly at: NetworkInterface;
  readonly role: 'public' | 'private' | 'v6';
}

/** What bears on every address of one family in a subnet. null where it was not read. */
export interface SubnetGate {
  /** Public addresses that are not the VPC's own. */
  readonly publicSpace: Intervals;
  readonly routes: ReplyRoutes | null;
  readonly acl: NetworkAcl | null;
  readonly tcp: AccessList | null;
  readonly udp: AccessList | null;
  /** Sources that routes do not stop: all that are not public, and the public ones with a way for replies. */
  readonly answered: Intervals;
}

/** The rules on an interface, for one family. */
export interface InterfaceRules {
  readonly rules: readonly IngressRule[];
  /** Groups that were not read. */
  readonly missing: readonly string[];
  /** A load balancer or an endpoint that has no groups: nobody is filtered. */
  readonly unfiltered: boolean;
}

/**
 * Reads a network once for many questions. What it keeps is the network in another form (sets of numbers, rows in order), never an answer.
 * Everything is made when it is first asked for.
 */
export function compileNetwork(network: CloudNetwork): CompiledNetwork {
  return new CompiledNetwork(network);
}

export class CompiledNetwork {
  readonly network: CloudNetwork;
  readonly groups: ReadonlyMap<string, SecurityGroup>;
  readonly lists: ReadonlyMap<string, PrefixList>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly interfaces: ReadonlyMap<string, NetworkInterface>;
  readonly elastic: ReadonlyMap<Address, ElasticAddress>;
  /** By ARN. */
  readonly balancers: ReadonlyMap<string, LoadBalancer>;
  /** By the ids of their interfaces. */
  readonly balancerAt: ReadonlyMap<string, LoadBalancer>;
  /** By the ids (of an instance or another load balancer, or an address) that their listeners forward to. */
  readonly balancersTo: ReadonlyMap<string, ReadonlySet<LoadBalancer>>;
  readonly #locations = new Map<Address, Location[]>();
  readonly #acls = new Map<string, NetworkAcl>();
  readonly #tables = new Map<string, RouteTable>();
  readonly #mainTables = new Map<string, RouteTable>();
  readonly #gates = new Map<string, SubnetGate>();
  readonly #publicSpaces = new Map<string, Intervals>();
  readonly #ingress = new Map<string, IngressRule[]>();
  readonly #rules = new Map<string, InterfaceRules>();

  constructor(network: CloudNetwork) {
    this.network = network;
    this.groups = byId(network.groups);
    this.lists = byId(network.prefixLists);
    this.instances = byId(network.instances);
    this.vpcs = byId(network.vpcs);
    this.subnets = byId(network.subnets);
    this.interfaces = byId(network.interfaces);
    this.elastic = new Map(network.elasticAddresses.map((each) => [parseAddress(each.address), each]));
    for (const acl of network.acls) for (const id of acl.subnetIds) this.#acls.set(id, acl);
    for (const table of network.routeTables) {
      for (const id of table.subnetIds) this.#tables.set(id, table);
      if (table.isMain) this.#mainTables.set(table.vpcId, table);
    }
    for (const at of network.interfaces) {
      for (const { private: inside, public: outside } of at.ipv4) {
        this.#place({ address: inside, family: 'v4', at, role: 'private' });
        if (outside !== null) this.#place({ address: outside, family: 'v4', at, role: 'public' });
      }
      for (const address of at.ipv6) this.#place({ address, family: 'v6', at, role: 'v6' });
    }
    this.balancers = new Map(network.loadBalancers.map((each) => [each.arn, each]));
    this.balancerAt = new Map(network.loadBalancers.flatMap((each) => each.interfaceIds.map((id) => [id, each])));
    const balancersTo = new Map<string, Set<LoadBalancer>>();
    for (const each of network.loadBalancers) {
      for (const { id } of each.listeners.flatMap(({ targets }) => targets)) {
        balancersTo.set(id, (balancersTo.get(id) ?? new Set()).add(each));
      }
    }
    this.balancersTo = balancersTo;
  }

  /** Where the address is. A private one may be used in several VPCs; the public use of an address comes first. */
  locate(address: Address): readonly Location[] {
    return this.#locations.get(address) ?? [];
  }

  /** Every address that the internet may send to, once. */
  *outsideAddresses(): Generator<Location> {
    for (const locations of this.#locations.values()) {
      const outside = locations.find(({ role }) => role !== 'private');
      if (outside) yield outside;
    }
  }

  aclOf(subnetId: string): NetworkAcl | null {
    return this.#acls.get(subnetId) ?? null;
  }

  /** The table that names the subnet, else the main one of its VPC. */
  routeTableOf(at: Pick<NetworkInterface, 'subnetId' | 'vpcId'>): RouteTable | null {
    return this.#tables.get(at.subnetId) ?? this.#mainTables.get(at.vpcId) ?? null;
  }

  gate(at: NetworkInterface, family: Family): SubnetGate {
    return remembered(this.#gates, `${at.subnetId} ${at.vpcId} ${family}`, () => this.#compileGate(at, family));
  }

  rules(at: NetworkInterface, family: Family): InterfaceRules {
    const balancer = this.balancerAt.get(at.id);
    const ids = at.groupIds.length > 0 ? at.groupIds : (balancer?.groupIds ?? []);
    const filtered = ids.length > 0 || !(balancer?.kind === 'network' || at.kind === 'network_load_balancer');
    const key = `${filtered} ${ids.join(' ')} ${at.vpcId} ${family}`;
    return remembered(this.#rules, key, () => ({
      rules: ids.flatMap((id) => this.#rulesOf(id, at, family)),
      missing: ids.filter((id) => !this.groups.has(id)),
      unfiltered: !filtered,
    }));
  }

  #rulesOf(groupId: string, at: NetworkInterface, family: Family): IngressRule[] {
    const group = this.groups.get(groupId);
    if (group === undefined) return [];
    return remembered(this.#ingress, `${groupId} ${at.vpcId} ${family}`, () =>
      ingressRules(group, family, this.lists, this.#publicSpace(at.vpcId, family)),
    );
  }

  /** A VPC's own networks are not outside of it, whatever their numbers. */
  #publicSpace(vpcId: string, family: Family): Intervals {
    return remembered(this.#publicSpaces, `${vpcId} ${family}`, () =>
      subtractIntervals(PUBLIC[family], readCidrs(family, this.vpcs.get(vpcId)?.cidrs ?? []) ?? []),
    );
  }

  #compileGate(at: NetworkInterface, family: Family): SubnetGate {
    const neighbours = readCidrs(family, this.subnets.get(at.subnetId)?.cidrs ?? []) ?? [];
    const publicSpace = this.#publicSpace(at.vpcId, family);
    const acl = this.aclOf(at.subnetId);
    const table = this.routeTableOf(at);
    const routes = table === null ? null : compileRoutes(table, family, this.lists);
    const list = (protocol: Transport): AccessList | null =>
      acl === null ? null : compileAccessList(acl, family, protocol, neighbours);
    const answered =
      routes === null
        ? EVERYONE[family]
        : normalise([
            ...subtractIntervals(EVERYONE[family], publicSpace),
            ...intersectIntervals(publicSpace, normalise([...routes.direct, ...routes.diverted])),
          ]);
    return { publicSpace, routes, acl, tcp: list('tcp'), udp: list('udp'), answered };
  }

  #place(location: Location): void {
    const address = parseAddress(location.address);
    const known = this.#locations.get(address) ?? [];
    const all = [...known, { ...location, address }];
    this.#locations.set(
      address,
      all.sort((a, b) => Number(a.role === 'private') - Number(b.role === 'private')),
    );
  }
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function remembered<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
