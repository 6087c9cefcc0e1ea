import type { Listener, ListenerTarget, LoadBalancer, NetworkInterface } from '../../cloud/network.ts';
import { type Address, isIPv6, toAddress } from '../../net/address.ts';
import { type Family, numberOf } from '../../net/address-number.ts';
import { type Intervals, contains, intersectIntervals } from '../../net/intervals.ts';
import type { CompiledNetwork, Location } from './compile.ts';
import type { Front, Reachable } from './exposure.ts';
import { carries } from './gates.ts';
import { judge } from './judge.ts';
import { type Path, walkPath } from './path.ts';
import type { Transport } from './protocol.ts';

/**
 * Load balancers between the internet and a port: those that forward to it, and for an address of a load balancer the targets of its listener.
 * The target's own address is not asked: a load balancer reaches it inside the VPC.
 */
export function frontsOf(compiled: CompiledNetwork, { at }: Location, protocol: Transport, port: number): Front[] {
  const own = compiled.balancerAt.get(at.id);
  if (own?.internetFacing === true) {
    return hops(own, protocol)
      .filter(({ listener }) => listener.port === port)
      .map((hop) => frontOf(compiled, hop, protocol));
  }
  const ids = targetIds(at);
  return balancersBefore(compiled, at).flatMap((balancer) =>
    hops(balancer, protocol)
      .filter(({ target }) => target.port === port && ids.includes(target.id))
      .map((hop) => frontOf(compiled, hop, protocol)),
  );
}

/** Internet-facing load balancers that forward to the interface. */
export function balancersBefore(compiled: CompiledNetwork, at: NetworkInterface): LoadBalancer[] {
  return [...new Set(targetIds(at).flatMap((id) => [...(compiled.balancersTo.get(id) ?? [])]))];
}

/** What a target group may have registered for the interface. */
function targetIds(at: NetworkInterface): string[] {
  const addresses = [...at.ipv4.map((each) => each.private), ...at.ipv6];
  return at.instanceId === null ? addresses : [at.instanceId, ...addresses];
}

interface Hop {
  readonly balancer: LoadBalancer;
  readonly listener: Listener;
  readonly target: ListenerTarget;
}

function hops(balancer: LoadBalancer, protocol: Transport): Hop[] {
  return balancer.listeners
    .filter((listener) => carries(listener.protocol, protocol))
    .flatMap((listener) => listener.targets.map((target) => ({ balancer, listener, target })));
}

function frontOf(compiled: CompiledNetwork, hop: Hop, protocol: Transport): Front {
  const { balancer, listener, target } = hop;
  const { reachable, why } = judgeHop(compiled, hop, protocol);
  return {
    loadBalancerArn: balancer.arn,
    loadBalancer: balancer.name,
    listenerArn: listener.arn,
    protocol: listener.protocol,
    outsidePort: listener.port,
    targetPort: target.port,
    targetId: target.id,
    preservesClientIp: target.preservesClientIp,
    reachable,
    why: `Port ${listener.port} of load balancer ${balancer.name} leads to port ${target.port} of ${target.id}; ${why}.`,
  };
}

function judgeHop(compiled: CompiledNetwork, hop: Hop, protocol: Transport): { reachable: Reachable; why: string } {
  const { balancer, listener, target } = hop;
  const outside = outsideOf(compiled, balancer).map((location) => ({
    location,
    judged: judge(compiled, location, protocol, listener.port),
  }));
  if (outside.length === 0) return { reachable: 'unknown', why: 'its public addresses were not read' };
  const best = outside.reduce((a, b) => (ORDER[b.judged.reachable] > ORDER[a.judged.reachable] ? b : a));
  if (best.judged.reachable === 'no') return { reachable: 'no', why: 'the internet does not reach the load balancer' };
  const behind = targetOf(compiled, hop);
  if (behind === null) return { reachable: 'unknown', why: 'the target is on no interface that was read' };
  const { at, family } = behind;
  const path = walkPath(compiled, at, family, protocol, target.port);
  const taken = target.preservesClientIp
    ? clientsAdmitted(path, best.location.family === family ? best.judged.path.sources : path.gate.publicSpace)
    : balancerAdmitted(compiled, balancer, path, family);
  if (taken === 'no') {
    const who = target.preservesClientIp ? 'its clients, whose addresses it keeps' : 'the load balancer';
    return { reachable: 'no', why: `the target does not let in ${who}` };
  }
  if (taken === 'unknown') return { reachable: 'unknown', why: 'not everything that guards the target was read' };
  const keeps = target.preservesClientIp ? ', and the target sees their addresses' : '';
  return { reachable: best.judged.reachable, why: `the internet reaches it${keeps}` };
}

const ORDER: Readonly<Record<Reachable, number>> = { no: 0, unknown: 1, partly: 2, yes: 3 };

type Admitted = 'yes' | 'no' | 'unknown';

/** The target's groups and access list see the clients themselves; replies go back by the load balancer, so routes do not matter. */
function clientsAdmitted(path: Path, clients: Intervals): Admitted {
  const publicClients = intersectIntervals(clients, path.gate.publicSpace);
  const passed = intersectIntervals(path.passed, publicClients);
  if (intersectIntervals(path.admitted, passed).length > 0) return path.acl === 'unknown' ? 'unknown' : 'yes';
  return path.anybody && passed.length > 0 ? 'unknown' : 'no';
}

/** The target sees one of the load balancer's own addresses, or a member of one of its groups. */
function balancerAdmitted(compiled: CompiledNetwork, balancer: LoadBalancer, path: Path, family: Family): Admitted {
  const inside = balancer.interfaceIds
    .flatMap((id) => insideOf(compiled.interfaces.get(id)))
    .filter((address) => isIPv6(address) === (family === 'v6'))
    .map((address) => numberOf(address).value);
  if (inside.length === 0) return 'unknown';
  const passed = inside.filter((value) => contains(path.passed, value));
  if (passed.length === 0) return 'no';
  const byGroup = path.covering.some(({ kind, source }) => kind === 'group' && balancer.groupIds.includes(source));
  if (byGroup || passed.some((value) => contains(path.admitted, value)))
    return path.acl === 'unknown' ? 'unknown' : 'yes';
  return path.anybody ? 'unknown' : 'no';
}

function outsideOf(compiled: CompiledNetwork, balancer: LoadBalancer): Location[] {
  return balancer.interfaceIds.flatMap((id) => {
    const at = compiled.interfaces.get(id);
    const addresses = at ? [...at.ipv4.flatMap((each) => each.public ?? []), ...at.ipv6] : [];
    return addresses.flatMap((address) => compiled.locate(address).filter((location) => location.at.id === id));
  });
}

function targetOf(
  compiled: CompiledNetwork,
  { balancer, target }: Hop,
): { at: NetworkInterface; family: Family } | null {
  const address: Address | undefined = toAddress(target.id);
  const at =
    address === undefined
      ? compiled.network.interfaces.find(({ instanceId }) => instanceId === target.id)
      : compiled.locate(address).find((location) => location.at.vpcId === balancer.vpcId)?.at;
  if (at === undefined) return null;
  return { at, family: address !== undefined && isIPv6(address) ? 'v6' : 'v4' };
}

function insideOf(at: NetworkInterface | undefined): Address[] {
  return at === undefined ? [] : [...at.ipv4.map((each) => each.private), ...at.ipv6];
}
