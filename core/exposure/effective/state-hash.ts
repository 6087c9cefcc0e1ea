import type {
  CloudNetwork,
  ListenerTarget,
  LoadBalancer,
  NetworkInterface,
  PrefixList,
  RouteTable,
  SecurityGroup,
} from '../../cloud/network.ts';
import { canonicalJson, hashOf } from '../../identity.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import type { CompiledNetwork } from './compile.ts';
import { compiledOf } from './evaluate.ts';
import { balancersBefore, balancersBehind } from './hops.ts';

/**
 * SHA-256, in hex, of everything that bears on an address: where it is, its interface, instance, groups with their rules, prefix lists, access
 * list, routes, public access block, the load balancers before it with all of theirs, and what was not read. Names, descriptions, tags, the
 * order of lists and the time of reading do not count. Equal hashes before and after a scan: the configuration that the verdict uses held.
 */
export function exposureHash(network: CloudNetwork | CompiledNetwork, address: Address): string {
  const compiled = compiledOf(network);
  const canonical = parseAddress(address);
  const { account, region, publicAccessBlock, unread } = compiled.network;
  return hashOf({
    account,
    region,
    address: canonical,
    elastic: compiled.elastic.get(canonical)?.interfaceId ?? null,
    locations: unordered(compiled.locate(canonical).map(({ role, at }) => ({ role, ...withFronts(compiled, at) }))),
    publicAccessBlock: publicAccessBlock && {
      mode: publicAccessBlock.mode,
      exclusions: unordered(publicAccessBlock.exclusions),
    },
    unread: unordered(unread),
  });
}

function withFronts(compiled: CompiledNetwork, at: NetworkInterface) {
  const behind = balancersBehind(compiled, at);
  const { balancers: before, by } = balancersBefore(compiled, at);
  const members = [
    ...[...behind, ...before].flatMap(({ interfaceIds }) => interfaceIds.map((id) => compiled.interfaces.get(id))),
    ...behind.flatMap((balancer) => targetsOf(compiled, balancer)),
  ];
  return {
    at: surroundings(compiled, at),
    behind: unordered(behind.map((balancer) => balancerState(balancer, () => true))),
    // The other targets of a load balancer before it come and go without a meaning for this address.
    before: unordered(before.map((balancer) => balancerState(balancer, ({ id }) => by.has(id)))),
    members: unordered(members.flatMap((member) => (member === undefined ? [] : [surroundings(compiled, member)]))),
  };
}

function targetsOf(compiled: CompiledNetwork, balancer: LoadBalancer): NetworkInterface[] {
  const ids = new Set(balancer.listeners.flatMap(({ targets }) => targets.map(({ id }) => id)));
  return compiled.network.interfaces.filter(
    ({ instanceId, ipv4, ipv6 }) =>
      (instanceId !== null && ids.has(instanceId)) ||
      ipv4.some((each) => ids.has(each.private)) ||
      ipv6.some((each) => ids.has(each)),
  );
}

/** An interface and the objects around it that it refers to; null for one that was not read. */
function surroundings(compiled: CompiledNetwork, at: NetworkInterface) {
  const groupIds = [...new Set([...at.groupIds, ...(compiled.balancerAt.get(at.id)?.groupIds ?? [])])];
  const groups = groupIds.map((id) => ({ id, group: groupState(compiled, compiled.groups.get(id)) }));
  const table = compiled.routeTableOf(at);
  const acl = compiled.aclOf(at.subnetId);
  return {
    id: at.id,
    vpc: { id: at.vpcId, cidrs: unordered(compiled.vpcs.get(at.vpcId)?.cidrs ?? []) },
    subnet: { id: at.subnetId, cidrs: unordered(compiled.subnets.get(at.subnetId)?.cidrs ?? []) },
    ipv4: unordered(at.ipv4),
    ipv6: unordered(at.ipv6),
    kind: at.kind,
    status: at.status,
    instance: at.instanceId && { id: at.instanceId, state: compiled.instances.get(at.instanceId)?.state ?? null },
    groups: unordered(groups),
    acl: acl && { id: acl.id, entries: unordered(acl.entries) },
    routes: table && routesState(compiled, table),
  };
}

function groupState(compiled: CompiledNetwork, group: SecurityGroup | undefined) {
  if (group === undefined) return null;
  const rules = group.rules.filter(({ egress }) => !egress);
  return unordered(
    rules.map(({ id, protocol, fromPort, toPort, source }) => ({
      id,
      protocol,
      fromPort,
      toPort,
      source,
      list: source.kind === 'prefix-list' ? listState(compiled.lists.get(source.id)) : null,
    })),
  );
}

function routesState(compiled: CompiledNetwork, table: RouteTable) {
  const routes = table.routes.map((route) => ({
    ...route,
    list: route.destination.startsWith('pl-') ? listState(compiled.lists.get(route.destination)) : null,
  }));
  return { id: table.id, routes: unordered(routes) };
}

function listState(list: PrefixList | undefined) {
  return list === undefined
    ? null
    : { ownerId: list.ownerId, family: list.family, cidrs: unordered(list.entries.map(({ cidr }) => cidr)) };
}

function balancerState(balancer: LoadBalancer, counts: (target: ListenerTarget) => boolean) {
  const { arn, kind, internetFacing, groupIds, interfaceIds, listeners } = balancer;
  return {
    arn,
    kind,
    internetFacing,
    groupIds: unordered(groupIds),
    interfaceIds: unordered(interfaceIds),
    listeners: unordered(
      listeners.map((each) => ({ ...each, targets: unordered(each.targets.filter((target) => counts(target))) })),
    ),
  };
}

/** The same list in the one order that its texts have. */
function unordered<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, text: canonicalJson(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)))
    .map(({ item }) => item);
}
