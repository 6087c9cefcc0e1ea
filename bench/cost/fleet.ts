import type { Asset } from '../../core/assets/asset.ts';
import type { CloudNetwork } from '../../core/cloud/network.ts';
import type { AddressResult, ShardResult } from '../../core/fingerprints/shard-result.ts';
import { PortSet } from '../../core/net/port-set.ts';
import type { Shard } from '../../core/planning/shard.ts';
import type { Instant } from '../../core/time.ts';
import { OPEN_PORTS, udpPortsOf } from './profiles.ts';

/** Opens and closes. */
export const TOGGLED = 6_379;
const GROUP = 'sg-0a1b2c3d4e5f60718';

/** Public addresses in text only: nothing is sent to them. */
export function fleetAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `52.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
}

/** What a scanner finds at each address: OPEN_PORTS, and one that changes. */
export class Fleet {
  readonly addresses: readonly string[];
  #toggledOpen = false;

  constructor(count: number) {
    this.addresses = fleetAddresses(count);
  }

  toggle(): void {
    this.#toggledOpen = !this.#toggledOpen;
  }

  /** The result of the shard, started and finished `now`: ports that are not open answer RST. */
  scan(shard: Shard, now: Instant): ShardResult {
    const covered = PortSet.parse(shard.ports);
    const listening = this.#toggledOpen ? [...OPEN_PORTS, TOGGLED] : OPEN_PORTS;
    const results = shard.addresses.map((address): AddressResult => {
      const own = covered.subtract(PortSet.parse(shard.excluded[address] ?? ''));
      const udp = udpPortsOf(this.addresses.indexOf(address));
      const open = shard.protocol === 'udp' ? [...own.intersect(udp)] : listening.filter((port) => own.has(port));
      return {
        address,
        protocol: shard.protocol,
        covered: own.toString(),
        open: open.map((port) => ({
          port,
          reason: shard.protocol === 'tcp' ? 'connected' : 'answered',
          rttMs: 0.4,
          tries: 1,
        })),
        closed: own.subtract(PortSet.from(open)).toString(),
        unknown: '',
        unknownReasons: {},
        probes: own.size * shard.tries,
        startedAt: now,
        finishedAt: now,
      };
    });
    return { shard, engine: 'connect', status: 'complete', reason: null, results, startedAt: now, finishedAt: now };
  }

  /** The account as EC2 describes it: one machine an address, one group that lets OPEN_PORTS in from everywhere. */
  network(place: Pick<CloudNetwork, 'account' | 'region'>, readAt: Instant): CloudNetwork {
    const ports = [...OPEN_PORTS, TOGGLED];
    return {
      ...place,
      readAt,
      interfaces: this.addresses.map((address, i) => ({
        id: `eni-${i}`,
        vpcId: 'vpc-1',
        subnetId: 'subnet-1',
        groupIds: [GROUP],
        ipv4: [{ private: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, public: address, primary: true }],
        ipv6: [],
        status: 'in-use',
        instanceId: `i-${i}`,
        kind: 'interface',
        requesterManaged: false,
        description: '',
        tags: {},
      })),
      groups: [
        {
          id: GROUP,
          name: 'web',
          vpcId: 'vpc-1',
          ownerId: place.account,
          tags: {},
          rules: ports.map((port) => ({
            id: `sgr-${port}`,
            groupId: GROUP,
            egress: false,
            protocol: 'tcp',
            fromPort: port,
            toPort: port,
            source: { kind: 'ipv4', cidr: '0.0.0.0/0' },
            description: null,
            tags: {},
          })),
        },
      ],
      prefixLists: [],
      acls: [
        {
          id: 'acl-1',
          vpcId: 'vpc-1',
          isDefault: true,
          subnetIds: ['subnet-1'],
          entries: [false, true].map((egress) => ({
            number: 100,
            egress,
            allow: true,
            protocol: '-1',
            cidr: '0.0.0.0/0',
            ports: null,
          })),
        },
      ],
      routeTables: [
        {
          id: 'rtb-1',
          vpcId: 'vpc-1',
          isMain: true,
          subnetIds: [],
          routes: [{ destination: '0.0.0.0/0', target: 'igw-1', active: true }],
        },
      ],
      subnets: [{ id: 'subnet-1', vpcId: 'vpc-1', cidrs: ['10.0.0.0/8'], availabilityZone: 'us-east-1a', tags: {} }],
      vpcs: [{ id: 'vpc-1', cidrs: ['10.0.0.0/8'], isDefault: false, tags: {} }],
      instances: this.addresses.map((_, i) => ({ id: `i-${i}`, state: 'running', tags: {} })),
      loadBalancers: [],
      elasticAddresses: [],
      publicAccessBlock: { mode: 'off', exclusions: [] },
      unread: [],
    };
  }
}

export const PLACE = { account: '123456789012', region: 'us-east-1' };

export function assetOf(address: string, learnedAt: string): Asset {
  return {
    address,
    ...PLACE,
    networkInterface: 'eni-0a1b2c3d4e5f60718',
    owner: 'payments',
    ownerEmail: 'payments@example.com',
    tags: { Name: 'web', team: 'payments' },
    source: 'inventory',
    exposed: true,
    learnedAt,
  };
}
