import type { Address } from '@aws-sdk/client-ec2';
import type { AccountAccess } from '../../../core/cloud/access.ts';
import type { CloudNetwork, ElasticAddress, Place } from '../../../core/cloud/network.ts';
import { isIPv6, parseAddress } from '../../../core/net/address.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { CloudReader } from '../../../core/ports/cloud.ts';
import type { ClientsFor } from '../roles.ts';
import { describeAddresses, describeInstances, describeInterfaces } from './describe.ts';
import { findInterfaces } from './find-interfaces.ts';
import { type Fronts, groupIdsOf, readFronts, readGroups, readGuards, readSurroundings, unique } from './guards.ts';
import { readLoadBalancers, withInterfaces } from './load-balancers.ts';
import { toElasticAddress, toInstance, toInterface } from './network-translation.ts';
import { checkedPageSize, MAX_PAGE_SIZE } from './pages.ts';
import { readPrefixLists, referencedPrefixLists } from './prefix-lists.ts';
import { readPublicAccessBlock } from './public-access-block.ts';
import { Reading } from './reading.ts';

export interface Ec2CloudReaderOptions {
  readonly access: readonly AccountAccess[];
  readonly clientsFor: ClientsFor;
  readonly clock: Clock;
  /** Items a page: 5 to 1,000, the default; calls that take fewer get fewer. */
  readonly pageSize?: number;
}

/**
 * Reads networks by Describe calls of EC2 and ELB. Interfaces, groups and rules are needed: without them a read throws. Any other call
 * that is refused becomes a sentence in `unread`. Lists are sorted by id, so that equal networks are equal data.
 * @throws BadInput for a page size that EC2 does not take
 */
export function ec2CloudReader(options: Ec2CloudReaderOptions): CloudReader {
  const pageSize = checkedPageSize(options.pageSize ?? MAX_PAGE_SIZE);
  const start = (place: Place) => ({
    readAt: options.clock.now(),
    reading: new Reading({ place, clients: options.clientsFor(place, 'read'), pageSize }),
  });
  return {
    places: options.access.flatMap(({ account, regions }) => regions.map((region) => ({ account, region }))),
    async readAll(place) {
      const { readAt, reading } = start(place);
      return finish(reading, readAt, await everything(reading));
    },
    async readAround(place, address) {
      const { readAt, reading } = start(place);
      return finish(reading, readAt, await around(reading, parseAddress(address)));
    },
  };
}

const NO_FRONTS: Fronts = {
  balancers: [],
  interfaces: [],
  guards: { groups: [], acls: [], routeTables: [], subnets: [], vpcs: [] },
};

type Parts = Omit<CloudNetwork, keyof Place | 'readAt' | 'unread'>;

function finish(reading: Reading, readAt: string, parts: Parts): CloudNetwork {
  const { account, region } = reading.place;
  return {
    account,
    region,
    readAt,
    ...parts,
    interfaces: byId(parts.interfaces),
    groups: byId(parts.groups),
    prefixLists: byId(parts.prefixLists),
    acls: byId(parts.acls),
    routeTables: byId(parts.routeTables),
    subnets: byId(parts.subnets),
    vpcs: byId(parts.vpcs),
    instances: byId(parts.instances),
    unread: reading.unread,
  };
}

function byId<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function everything(reading: Reading): Promise<Parts> {
  const [enis, groups, surroundings, instances, elastic, publicAccessBlock, balancers] = await Promise.all([
    describeInterfaces(reading, 'network-interface-id', null),
    readGroups(reading, null),
    readSurroundings(reading, null),
    describeInstances(reading, 'instance-id', null),
    describeAddresses(reading, 'public-ip', null),
    readPublicAccessBlock(reading),
    readLoadBalancers(reading, null),
  ]);
  const interfaces = enis.map(toInterface);
  return {
    interfaces,
    groups,
    ...surroundings,
    prefixLists: await readPrefixLists(reading, referencedPrefixLists(groups, surroundings.routeTables)),
    instances: instances.map(toInstance),
    loadBalancers: withInterfaces(balancers, interfaces),
    elasticAddresses: elasticAddresses(elastic),
    publicAccessBlock,
  };
}

/**
 * What bears on one address: its interface with groups and surroundings, the interfaces that share its groups, the load balancers in front of it or on it
 * and what is on their other side. An address on no interface has none of this: it is nobody's here, or an elastic IP that waits.
 */
async function around(reading: Reading, address: string): Promise<Parts> {
  const [own, publicAccessBlock, elastic] = await Promise.all([
    findInterfaces(reading, address),
    readPublicAccessBlock(reading),
    describeAddresses(reading, 'public-ip', isIPv6(address) ? [] : [address]),
  ]);
  const [ownGuards, sharing, fronts] = await Promise.all([
    readGuards(reading, own),
    describeInterfaces(reading, 'group-id', groupIdsOf(own)),
    own.length === 0 ? NO_FRONTS : readFronts(reading, own),
  ]);
  const interfaces = unique([...own, ...sharing.map(toInterface), ...fronts.interfaces]);
  const groups = unique([...ownGuards.groups, ...fronts.guards.groups]);
  const routeTables = unique([...ownGuards.routeTables, ...fronts.guards.routeTables]);
  const instanceIds = interfaces.flatMap(({ instanceId }) => instanceId ?? []);
  const [instances, prefixLists] = await Promise.all([
    describeInstances(reading, 'instance-id', instanceIds),
    readPrefixLists(reading, referencedPrefixLists(groups, routeTables)),
  ]);
  return {
    interfaces,
    groups,
    prefixLists,
    acls: unique([...ownGuards.acls, ...fronts.guards.acls]),
    routeTables,
    subnets: unique([...ownGuards.subnets, ...fronts.guards.subnets]),
    vpcs: unique([...ownGuards.vpcs, ...fronts.guards.vpcs]),
    instances: instances.map(toInstance),
    loadBalancers: withInterfaces(fronts.balancers, interfaces),
    elasticAddresses: elasticAddresses(elastic),
    publicAccessBlock,
  };
}

function elasticAddresses(addresses: readonly Address[]): ElasticAddress[] {
  return addresses.map(toElasticAddress).sort((a, b) => (a.allocationId < b.allocationId ? -1 : 1));
}
