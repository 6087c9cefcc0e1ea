import type { CloudNetwork, NetworkInterface } from '../cloud/network.ts';
import { type Address, scopeOf } from '../net/address.ts';
import type { Touched } from './firewall-event.ts';

/** Addresses of an interface that the internet can send to: public IPv4 ones and global IPv6 ones. */
export function outsideAddressesOf({ ipv4, ipv6 }: NetworkInterface): Address[] {
  return [...ipv4.flatMap((each) => each.public ?? []), ...ipv6.filter((address) => scopeOf(address) === 'internet')];
}

/** Outside addresses that an event bears on, as far as the network holds them; addresses it names itself are always among them. */
export function affectedAddresses(network: CloudNetwork, touched: Touched): Set<Address> {
  const isAffected = affects(network, touched);
  const elastic = network.elasticAddresses.filter(({ allocationId }) => touched.allocationIds.includes(allocationId));
  return new Set([
    ...touched.addresses,
    ...elastic.map(({ address }) => address),
    ...network.interfaces.filter(isAffected).flatMap(outsideAddressesOf),
  ]);
}

function affects(network: CloudNetwork, touched: Touched): (eni: NetworkInterface) => boolean {
  if (touched.everything) return () => true;
  const groups = groupsOf(network, touched);
  const subnets = subnetsOf(network, touched);
  const interfaces = new Set([
    ...touched.interfaceIds,
    ...network.loadBalancers
      .filter(({ arn }) => touched.loadBalancerArns.includes(arn))
      .flatMap(({ interfaceIds }) => interfaceIds),
    ...network.elasticAddresses
      .filter(({ allocationId }) => touched.allocationIds.includes(allocationId))
      .flatMap(({ interfaceId }) => interfaceId ?? []),
  ]);
  const named = new Set(touched.addresses);
  return (eni) =>
    interfaces.has(eni.id) ||
    (eni.instanceId !== null && touched.instanceIds.includes(eni.instanceId)) ||
    eni.groupIds.some((id) => groups.has(id)) ||
    subnets.has(eni.subnetId) ||
    touched.vpcIds.includes(eni.vpcId) ||
    outsideAddressesOf(eni).some((address) => named.has(address));
}

/** Groups that are named, that hold a named rule, or that let in a named prefix list. */
function groupsOf({ groups }: CloudNetwork, { groupIds, ruleIds, prefixListIds }: Touched): Set<string> {
  const holds = groups.filter(({ rules }) =>
    rules.some(
      ({ id, source }) => ruleIds.includes(id) || (source.kind === 'prefix-list' && prefixListIds.includes(source.id)),
    ),
  );
  return new Set([...groupIds, ...holds.map(({ id }) => id)]);
}

/** Subnets that are named, or whose routes or access list are. */
function subnetsOf(network: CloudNetwork, touched: Touched): Set<string> {
  const tables = network.routeTables.filter(
    ({ id, routes }) =>
      touched.routeTableIds.includes(id) ||
      routes.some(({ destination }) => touched.prefixListIds.includes(destination)),
  );
  const explicit = new Set(network.routeTables.flatMap(({ subnetIds }) => subnetIds));
  const byMain = network.subnets.filter(
    ({ id, vpcId }) => !explicit.has(id) && tables.some((table) => table.isMain && table.vpcId === vpcId),
  );
  const lists = network.acls.filter(({ id }) => touched.aclIds.includes(id));
  return new Set([
    ...touched.subnetIds,
    ...tables.flatMap(({ subnetIds }) => subnetIds),
    ...byMain.map(({ id }) => id),
    ...lists.flatMap(({ subnetIds }) => subnetIds),
  ]);
}
