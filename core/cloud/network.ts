/**
 * What a cloud says about its network: plain data of one account and Region, read at one moment. Adapters fill it from Describe calls,
 * core/exposure/ judges it. Every list may be a part of the whole (`CloudReader.readAround`); an id that is referred to and missing is
 * unknown, never empty.
 */

/** One account and Region. */
export interface Place {
  /** 12 digits on AWS. */
  readonly account: string;
  readonly region: string;
}

export interface CloudNetwork extends Place {
  /** ISO 8601 UTC, before the first call. */
  readonly readAt: string;
  readonly interfaces: readonly NetworkInterface[];
  readonly groups: readonly SecurityGroup[];
  readonly prefixLists: readonly PrefixList[];
  readonly acls: readonly NetworkAcl[];
  readonly routeTables: readonly RouteTable[];
  readonly subnets: readonly Subnet[];
  readonly vpcs: readonly Vpc[];
  readonly instances: readonly Instance[];
  readonly loadBalancers: readonly LoadBalancer[];
  /** Elastic IPs, associated or not. */
  readonly elasticAddresses: readonly ElasticAddress[];
  /** null: the Region's answer is not known (no permission, an emulator without the call), and nothing may be concluded from it. */
  readonly publicAccessBlock: PublicAccessBlock | null;
  /** Calls that were refused or not available, as sentences a person can act on: action, resource, role. What they would have told is missing above. */
  readonly unread: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

export interface NetworkInterface {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly groupIds: readonly string[];
  /** Private IPv4 addresses, each with the public one that is translated to it. */
  readonly ipv4: readonly { readonly private: string; readonly public: string | null; readonly primary: boolean }[];
  /** IPv6 addresses: each is its own outside. */
  readonly ipv6: readonly string[];
  readonly status: 'in-use' | 'available' | 'other';
  /** Instance it belongs to, or null. */
  readonly instanceId: string | null;
  /** `interface`, `network_load_balancer`, `nat_gateway`, ... as EC2 names it. */
  readonly kind: string;
  /** Made by a service for its own use: ELB, RDS, NAT. */
  readonly requesterManaged: boolean;
  readonly description: string;
  readonly tags: Tags;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly vpcId: string;
  readonly ownerId: string;
  readonly tags: Tags;
  /** DescribeSecurityGroupRules items, ingress and egress. Never the grouped entries of DescribeSecurityGroups. */
  readonly rules: readonly SecurityGroupRule[];
}

/** `-1` is every protocol; `tcp`, `udp`, `icmp`, `icmpv6` by name; any other by its number as text. */
export type Protocol = string;

export interface SecurityGroupRule {
  /** `sgr-...` */
  readonly id: string;
  readonly groupId: string;
  readonly egress: boolean;
  readonly protocol: Protocol;
  /** null with protocol -1 and with protocols that have no ports. For ICMP the type; -1 is all of them. */
  readonly fromPort: number | null;
  /** For ICMP the code; -1 is all of them. */
  readonly toPort: number | null;
  readonly source: RuleSource;
  readonly description: string | null;
  readonly tags: Tags;
}

/** Where an ingress rule lets in from (an egress rule lets out to). */
export type RuleSource =
  | { readonly kind: 'ipv4'; readonly cidr: string }
  | { readonly kind: 'ipv6'; readonly cidr: string }
  | { readonly kind: 'prefix-list'; readonly id: string }
  | { readonly kind: 'group'; readonly id: string; readonly account: string | null };

export interface PrefixList {
  readonly id: string;
  readonly name: string;
  readonly family: 'v4' | 'v6';
  /** `AWS` for lists that AWS keeps, else an account id. */
  readonly ownerId: string;
  readonly maxEntries: number | null;
  readonly entries: readonly { readonly cidr: string; readonly description: string | null }[];
}

export interface NetworkAcl {
  readonly id: string;
  readonly vpcId: string;
  readonly isDefault: boolean;
  readonly subnetIds: readonly string[];
  readonly entries: readonly AclEntry[];
}

export interface AclEntry {
  /** Rows count in ascending order; 32767 is the last one, which denies everything. */
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  readonly protocol: Protocol;
  readonly cidr: string;
  /** null: all ports (protocol -1 or one without ports). */
  readonly ports: { readonly from: number; readonly to: number } | null;
}

export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  /** The table of the subnets that name none. */
  readonly isMain: boolean;
  readonly subnetIds: readonly string[];
  readonly routes: readonly Route[];
}

export interface Route {
  /** CIDR text, or the id of a prefix list (`pl-...`). */
  readonly destination: string;
  /** `igw-...`, `nat-...`, `eigw-...`, `eni-...`, `local`, ...; null when the target is gone. */
  readonly target: string | null;
  readonly active: boolean;
}

export interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly cidrs: readonly string[];
  readonly availabilityZone: string;
  readonly tags: Tags;
}

export interface Vpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  readonly isDefault: boolean;
  readonly tags: Tags;
}

export interface Instance {
  readonly id: string;
  /** `running`, `stopped`, ... as EC2 names it. */
  readonly state: string;
  readonly tags: Tags;
}

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly kind: 'application' | 'network' | 'gateway';
  readonly internetFacing: boolean;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** Empty for a network load balancer that was made without groups: nobody is filtered. */
  readonly groupIds: readonly string[];
  readonly dnsName: string;
  /** Its network interfaces, by id, as far as the read covers them. */
  readonly interfaceIds: readonly string[];
  readonly listeners: readonly Listener[];
  readonly tags: Tags;
}

export interface Listener {
  readonly arn: string;
  /** `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`. */
  readonly protocol: string;
  readonly port: number;
  readonly targets: readonly ListenerTarget[];
}

export interface ListenerTarget {
  readonly targetGroupArn: string;
  /** Instance id or IP address, as registered. */
  readonly id: string;
  /** The port behind: it may differ from the listener's. */
  readonly port: number;
  /** The target sees the client's address, so its own groups must admit the internet. */
  readonly preservesClientIp: boolean;
}

export interface ElasticAddress {
  readonly allocationId: string;
  readonly address: string;
  readonly interfaceId: string | null;
  readonly tags: Tags;
}

export interface PublicAccessBlock {
  readonly mode: 'off' | 'block-bidirectional' | 'block-ingress';
  readonly exclusions: readonly {
    /** VPC or subnet id. */
    readonly resourceId: string;
    readonly mode: 'allow-bidirectional' | 'allow-egress';
  }[];
}
