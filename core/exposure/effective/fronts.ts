import type { LoadBalancer, NetworkInterface } from '../../cloud/network.ts';
import { type Address, isIPv6, toAddress } from '../../net/address.ts';
import { type Family, numberOf } from '../../net/address-number.ts';
import { type Intervals, contains, intersectIntervals } from '../../net/intervals.ts';
import type { CompiledNetwork, Location } from './compile.ts';
import type { Front, Reachable } from './exposure.ts';
import { type Chain, type Hop, chainsFrom, chainsTo } from './hops.ts';
import { type Judgement, judge } from './judge.ts';
import { type Path, walkPath } from './path.ts';
import type { Transport } from './protocol.ts';

/**
 * Load balancers between the internet and a port: those that forward to it, and for an address of a load balancer the targets of its listener.
 * The target's own address is not asked: a load balancer reaches it inside the VPC.
 */
export function frontsOf(compiled: CompiledNetwork, { at }: Location, protocol: Transport, port: number): Front[] {
  const own = compiled.balancerAt.get(at.id);
  const chains =
    own?.internetFacing === true ? chainsFrom(compiled, own, protocol, port) : chainsTo(compiled, at, protocol, port);
  return chains.map((chain) => frontOf(compiled, chain, protocol));
}

interface Judged {
  readonly reachable: Reachable;
  readonly why: string;
}

function frontOf(compiled: CompiledNetwork, chain: Chain, protocol: Transport): Front {
  const [{ balancer, listener }, ...more] = chain;
  const { target } = chain.at(-1) ?? chain[0];
  const { reachable, why } = judgeChain(compiled, chain, protocol);
  const over = more.map((hop) => ` over ${hop.balancer.name}`).join('');
  return {
    loadBalancerArn: balancer.arn,
    loadBalancer: balancer.name,
    listenerArn: listener.arn,
    protocol: listener.protocol,
    outsidePort: listener.port,
    targetPort: target.port,
    targetId: target.id,
    preservesClientIp: chain.every((hop) => hop.target.preservesClientIp),
    reachable,
    why: `Port ${listener.port} of load balancer ${balancer.name} leads to port ${target.port} of ${target.id}${over}; ${why}.`,
  };
}

function judgeChain(compiled: CompiledNetwork, chain: Chain, protocol: Transport): Judged {
  const entrance = widestEntrance(compiled, chain[0], protocol);
  if (entrance === null) return { reachable: 'unknown', why: 'its public addresses were not read' };
  const { reachable } = entrance.judged;
  if (reachable === 'no') return { reachable, why: 'the internet does not reach the load balancer' };
  let seesClients = true;
  let unsure = false;
  for (const hop of chain) {
    seesClients &&= hop.target.preservesClientIp;
    const taken = admits(compiled, hop, protocol, seesClients ? entrance : null);
    if (taken === 'no') {
      const who = seesClients ? 'its clients, whose addresses it keeps' : 'the load balancer';
      return { reachable: 'no', why: `${nameOf(compiled, hop)} does not let in ${who}` };
    }
    unsure ||= taken === 'unknown';
  }
  if (unsure) return { reachable: 'unknown', why: 'not everything that guards the target was read' };
  return {
    reachable,
    why: `the internet reaches it${seesClients ? ', and the target sees the clients’ addresses' : ''}`,
  };
}

interface Entrance {
  readonly location: Location;
  readonly judged: Judgement;
}

const ORDER: Readonly<Record<Reachable, number>> = { no: 0, unknown: 1, partly: 2, yes: 3 };

/** The public address of the load balancer that lets in most; null when none was read. */
function widestEntrance(compiled: CompiledNetwork, { balancer, listener }: Hop, protocol: Transport): Entrance | null {
  let best: Entrance | null = null;
  for (const at of interfacesOf(compiled, balancer)) {
    for (const address of [...at.ipv4.flatMap((each) => each.public ?? []), ...at.ipv6]) {
      const location = compiled.locate(address).find((each) => each.at.id === at.id);
      if (location === undefined) continue;
      const judged = judge(compiled, location, protocol, listener.port);
      if (best === null || ORDER[judged.reachable] > ORDER[best.judged.reachable]) best = { location, judged };
    }
  }
  return best;
}

type Admitted = 'yes' | 'no' | 'unknown';

/** Does the target let in the hop: its clients where it sees them, else the load balancer? `unknown` also when its interface was not read. */
function admits(compiled: CompiledNetwork, hop: Hop, protocol: Transport, clients: Entrance | null): Admitted {
  const { balancer, target } = hop;
  const [at] = targetsOf(compiled, hop);
  if (at === undefined) return 'unknown';
  const address: Address | undefined = toAddress(target.id);
  const family: Family = address !== undefined && isIPv6(address) ? 'v6' : 'v4';
  const path = walkPath(compiled, at, family, protocol, target.port);
  if (clients === null) return balancerAdmitted(compiled, balancer, path, family);
  return clientsAdmitted(
    path,
    clients.location.family === family ? clients.judged.path.sources : path.gate.publicSpace,
  );
}

/** The target's groups and access list see the clients themselves; replies go back by the load balancer, so routes do not matter. */
function clientsAdmitted(path: Path, clients: Intervals): Admitted {
  const passed = intersectIntervals(path.passed, intersectIntervals(clients, path.gate.publicSpace));
  if (intersectIntervals(path.admitted, passed).length > 0) return path.acl === 'unknown' ? 'unknown' : 'yes';
  return path.anybody && passed.length > 0 ? 'unknown' : 'no';
}

/** The target sees one of the load balancer's own addresses, or a member of one of its groups. */
function balancerAdmitted(compiled: CompiledNetwork, balancer: LoadBalancer, path: Path, family: Family): Admitted {
  const inside = interfacesOf(compiled, balancer)
    .flatMap((at) => [...at.ipv4.map((each) => each.private), ...at.ipv6])
    .filter((address) => isIPv6(address) === (family === 'v6'))
    .map((address) => numberOf(address).value);
  if (inside.length === 0) return 'unknown';
  const passed = inside.filter((value) => contains(path.passed, value));
  if (passed.length === 0) return 'no';
  const byGroup = path.covering.some(({ kind, source }) => kind === 'group' && balancer.groupIds.includes(source));
  if (byGroup || passed.some((value) => contains(path.admitted, value))) {
    return path.acl === 'unknown' ? 'unknown' : 'yes';
  }
  return path.anybody ? 'unknown' : 'no';
}

/** Interfaces behind a target's id: of a load balancer, an instance or an address. */
function targetsOf(compiled: CompiledNetwork, { balancer, target }: Hop): NetworkInterface[] {
  const next = compiled.balancers.get(target.id);
  if (next) return interfacesOf(compiled, next);
  const address: Address | undefined = toAddress(target.id);
  if (address === undefined) return compiled.network.interfaces.filter(({ instanceId }) => instanceId === target.id);
  return compiled.locate(address).flatMap(({ at }) => (at.vpcId === balancer.vpcId ? [at] : []));
}

function interfacesOf(compiled: CompiledNetwork, balancer: LoadBalancer): NetworkInterface[] {
  return balancer.interfaceIds.flatMap((id) => compiled.interfaces.get(id) ?? []);
}

function nameOf(compiled: CompiledNetwork, { target }: Hop): string {
  return compiled.balancers.get(target.id)?.name ?? target.id;
}
