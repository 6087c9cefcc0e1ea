import type { CloudNetwork } from '../../cloud/network.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import { type Breadth, compareBreadth } from '../../net/breadth.ts';
import { type PortRange, PortSet } from '../../net/port-set.ts';
import type { CompiledNetwork, Location } from './compile.ts';
import { compiledOf, evaluateExposure, onlyLocation } from './evaluate.ts';
import { judge } from './judge.ts';
import { MAX_PORT, type Transport } from './protocol.ts';
import { breadthOf } from './public-space.ts';

/** Ports of one address that let in sources of one breadth. */
export interface AdmittedPair {
  readonly address: Address;
  readonly protocol: Transport;
  readonly ports: PortSet;
  readonly breadth: Breadth;
}

/**
 * Every port for which `evaluateExposure` does not say `no`: public sources reach it, or nobody can say that they do not. Ports between two
 * bounds of rules, rows and listeners share one answer, so there are as many evaluations as bounds.
 */
export function admittedPorts(network: CloudNetwork | CompiledNetwork, address: Address, protocol: Transport): PortSet {
  const compiled = compiledOf(network);
  const location = onlyLocation(compiled, parseAddress(address));
  if (location === null) {
    const { reachable } = evaluateExposure(compiled, { address, protocol, port: 1 });
    return reachable === 'no' ? PortSet.EMPTY : PortSet.ALL;
  }
  return PortSet.fromRanges([...stretches(compiled, location, protocol)].map(({ range }) => range));
}

/**
 * The admitted ports of every public address of the network, those of load balancers among them: one item for each address, protocol and breadth.
 * Where only what could not be read may let in, the breadth is `internet`, the most it can be.
 */
export function admittedPairs(network: CloudNetwork | CompiledNetwork): AdmittedPair[] {
  const compiled = compiledOf(network);
  const pairs: AdmittedPair[] = [];
  for (const location of compiled.outsideAddresses()) {
    for (const protocol of ['tcp', 'udp'] as const) {
      const byBreadth = new Map<Breadth, PortRange[]>();
      for (const { range, breadth } of stretches(compiled, location, protocol)) {
        byBreadth.set(breadth, [...(byBreadth.get(breadth) ?? []), range]);
      }
      for (const [breadth, ranges] of byBreadth) {
        pairs.push({ address: location.address, protocol, ports: PortSet.fromRanges(ranges), breadth });
      }
    }
  }
  return pairs;
}

function* stretches(
  compiled: CompiledNetwork,
  location: Location,
  protocol: Transport,
): Generator<{ range: PortRange; breadth: Breadth }> {
  const starts = startsOf(compiled, location, protocol);
  for (const [i, from] of starts.entries()) {
    const { reachable, path } = judge(compiled, location, protocol, from);
    if (reachable === 'no') continue;
    const to = (starts[i + 1] ?? MAX_PORT + 1) - 1;
    const breadth = breadthOf(location.family, path.sources, path.gate.publicSpace) ?? 'private';
    yield { range: [from, to], breadth: compareBreadth(breadth, 'single') < 0 ? 'internet' : breadth };
  }
}

/** Ports at which an answer may differ from that of the port before. */
function startsOf(compiled: CompiledNetwork, { at, family }: Location, protocol: Transport): number[] {
  const starts = new Set([1]);
  const add = (port: number): void => {
    if (port > 1 && port <= MAX_PORT) starts.add(port);
  };
  for (const rule of compiled.rules(at, family).rules) {
    if (!rule[protocol]) continue;
    add(rule.from);
    add(rule.to + 1);
  }
  for (const { from } of compiled.gate(at, family)[protocol]?.stretches ?? []) add(from);
  for (const { port } of compiled.balancerAt.get(at.id)?.listeners ?? []) {
    add(port);
    add(port + 1);
  }
  return [...starts].sort((a, b) => a - b);
}
