/** A small account in plain words: what a case is about, before it becomes Describe answers or calls to EC2. */

/** First and last port. */
export type Ports = readonly [from: number, to: number];

/** A CIDR, `group:NAME` or `list:NAME`. */
export type Source = string;

export interface Rule {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for every protocol, or a protocol's number. */
  readonly protocol: string;
  /** null: the protocol has no ports, or all of them are meant. */
  readonly ports: Ports | null;
  readonly source: Source;
  /**
   * What "close the port" must take away of this rule at the port that the case asks about: all of its source, or these entries of its prefix
   * list. Everything that is not named here must stay.
   */
  readonly goes: 'all' | readonly string[];
}

export interface List {
  readonly family: 'v4' | 'v6';
  /** null: AWS keeps the list; EC2 knows it by `awsName`. */
  readonly entries: readonly string[] | null;
  readonly awsName?: string;
}

export interface AclRow {
  readonly number: number;
  readonly allow: boolean;
  readonly protocol: string;
  readonly cidr: string;
  readonly ports: Ports | null;
}

export interface Acl {
  readonly inbound: readonly AclRow[];
  readonly outbound: readonly AclRow[];
}

/** `igw`, `nat`, `eigw` (egress only), `tgw`; `gone`: the gateway was deleted and the route is a blackhole. */
export type RouteTarget = 'igw' | 'nat' | 'eigw' | 'tgw' | 'gone';
export type Routes = Readonly<Record<string, RouteTarget>>;

export interface Subnet {
  /** null: the VPC's own list, which allows everything. */
  readonly acl: Acl | null;
  /** Beside the local routes. null: the subnet names no table, the main one of the VPC holds. */
  readonly routes: Routes | null;
}

export interface Interface {
  /** Names of groups; `default` is the VPC's own. */
  readonly groups: readonly string[];
  readonly subnet: string;
  /** `secondary`: an elastic address on the second private address. */
  readonly v4: 'elastic' | 'automatic' | 'secondary' | 'none';
  readonly v6: boolean;
}

export interface Machine {
  readonly state: 'running' | 'stopped';
  /** The first is the primary one. Only that one may have an automatic public address. */
  readonly interfaces: readonly Interface[];
}

/** One listener that forwards to the machine `asked`. */
export interface Balancer {
  readonly kind: 'application' | 'network';
  readonly internetFacing: boolean;
  readonly groups: readonly string[];
  readonly outsidePort: number;
  readonly targetPort: number;
}

export interface World {
  readonly groups: Readonly<Record<string, readonly Rule[]>>;
  readonly lists: Readonly<Record<string, List>>;
  readonly subnets: Readonly<Record<string, Subnet>>;
  /** Of the VPC's main route table, beside the local routes. */
  readonly mainRoutes: Routes;
  /** `asked` is the one in question. */
  readonly machines: Readonly<Record<string, Machine>>;
  readonly balancer: Balancer | null;
}
