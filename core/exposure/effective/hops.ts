import type { Listener, ListenerTarget, LoadBalancer, NetworkInterface } from '../../cloud/network.ts';
import type { CompiledNetwork } from './compile.ts';
import { carries } from './gates.ts';
import type { Transport } from './protocol.ts';

/** From a listener to one of its targets. */
export interface Hop {
  readonly balancer: LoadBalancer;
  readonly listener: Listener;
  readonly target: ListenerTarget;
}

/** From an internet-facing load balancer to a machine: mostly one hop, two where a network load balancer forwards to an application one. */
export type Chain = readonly [Hop, ...Hop[]];

/** Chains that end at the interface's port. */
export function chainsTo(compiled: CompiledNetwork, at: NetworkInterface, protocol: Transport, port: number): Chain[] {
  const ids = targetIds(compiled, at);
  return forwardersTo(compiled, ids).flatMap((balancer) => {
    const last = hopsOf(balancer, protocol).filter(({ target }) => target.port === port && ids.includes(target.id));
    return last.flatMap((hop) => [
      ...(balancer.internetFacing ? [[hop] as const] : []),
      ...entrancesTo(compiled, hop, protocol),
    ]);
  });
}

/** Chains that begin at a listener of an internet-facing load balancer. */
export function chainsFrom(
  compiled: CompiledNetwork,
  balancer: LoadBalancer,
  protocol: Transport,
  port: number,
): Chain[] {
  return hopsOf(balancer, protocol)
    .filter(({ listener }) => listener.port === port)
    .flatMap((first): Chain[] => {
      const next = compiled.balancers.get(first.target.id);
      if (next === undefined) return [[first]];
      return hopsOf(next, protocol)
        .filter(({ listener }) => listener.port === first.target.port)
        .map((second) => [first, second]);
    });
}

/** Load balancers that lead to the interface, at first or second hand, and what they lead there by: its ids and the ARNs of the first. */
export function balancersBefore(
  compiled: CompiledNetwork,
  at: NetworkInterface,
): { readonly balancers: LoadBalancer[]; readonly by: ReadonlySet<string> } {
  const ids = targetIds(compiled, at);
  const first = forwardersTo(compiled, ids);
  const arns = first.map(({ arn }) => arn);
  return { balancers: [...new Set([...first, ...forwardersTo(compiled, arns)])], by: new Set([...ids, ...arns]) };
}

/** The load balancer of the interface and those that it leads to. */
export function balancersBehind(compiled: CompiledNetwork, at: NetworkInterface): LoadBalancer[] {
  const own = compiled.balancerAt.get(at.id);
  if (own === undefined) return [];
  const next = own.listeners.flatMap(({ targets }) => targets.flatMap(({ id }) => compiled.balancers.get(id) ?? []));
  return [...new Set([own, ...next])];
}

function entrancesTo(compiled: CompiledNetwork, last: Hop, protocol: Transport): Chain[] {
  return forwardersTo(compiled, [last.balancer.arn])
    .filter(({ internetFacing }) => internetFacing)
    .flatMap((balancer) => hopsOf(balancer, protocol))
    .filter(({ target }) => target.id === last.balancer.arn && target.port === last.listener.port)
    .map((first) => [first, last]);
}

function forwardersTo(compiled: CompiledNetwork, ids: readonly string[]): LoadBalancer[] {
  return [...new Set(ids.flatMap((id) => [...(compiled.balancersTo.get(id) ?? [])]))];
}

/** What a target group may have registered for the interface. */
function targetIds(compiled: CompiledNetwork, at: NetworkInterface): string[] {
  const balancer = compiled.balancerAt.get(at.id);
  return [
    ...at.ipv4.map((each) => each.private),
    ...at.ipv6,
    ...(at.instanceId === null ? [] : [at.instanceId]),
    ...(balancer ? [balancer.arn] : []),
  ];
}

function hopsOf(balancer: LoadBalancer, protocol: Transport): Hop[] {
  return balancer.listeners
    .filter((listener) => carries(listener.protocol, protocol))
    .flatMap((listener) => listener.targets.map((target) => ({ balancer, listener, target })));
}
