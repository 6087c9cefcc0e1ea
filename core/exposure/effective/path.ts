import type { Family } from '../../net/address-number.ts';
import { type Interval, type Intervals, intersectIntervals, normalise } from '../../net/intervals.ts';
import { stretchAt } from './access-list.ts';
import type { CompiledNetwork, InterfaceRules, SubnetGate } from './compile.ts';
import type { NetworkInterface } from '../../cloud/network.ts';
import type { Reachable, StepVerdict } from './exposure.ts';
import type { Transport } from './protocol.ts';
import { EVERYONE, covers } from './public-space.ts';
import { type IngressRule, coversPort } from './rules.ts';

/**
 * Sets of sources on the way from the internet to one port of an interface: the part of an exposure that depends on who asks. A set that is
 * not known is held by what is surely in it and by what may be in it.
 */
export interface Path {
  readonly gate: SubnetGate;
  readonly on: InterfaceRules;
  readonly covering: readonly IngressRule[];
  /** Let in by rules that could be read. */
  readonly admitted: Intervals;
  /** Some rule or group could not be read: anybody may be let in. */
  readonly anybody: boolean;
  /** Public sources that the route step was judged on, and those of them that the network access list was judged on. */
  readonly asked: Intervals;
  readonly routed: Intervals;
  readonly route: StepVerdict;
  readonly acl: StepVerdict;
  readonly groups: StepVerdict;
  /** Let in, and not stopped as far as is known. */
  readonly sources: Intervals;
  /** Of the addresses that AWS keeps of its own services. */
  readonly edge: Intervals;
  /** Whom the network access list lets in, with replies to some port at least; everyone when it was not read. */
  readonly passed: Intervals;
  readonly reachable: Reachable;
}

export function walkPath(
  compiled: CompiledNetwork,
  at: NetworkInterface,
  family: Family,
  protocol: Transport,
  port: number,
): Path {
  const gate = compiled.gate(at, family);
  const on = compiled.rules(at, family);
  const covering = on.rules.filter((rule) => coversPort(rule, protocol, port));
  const admitted = on.unfiltered ? EVERYONE[family] : unionOf(covering, 'addresses');
  const anybody = on.missing.length > 0 || covering.some(({ kind }) => kind === 'unknown');
  const admittedPublic = intersectIntervals(admitted, gate.publicSpace);
  const mayEnter = anybody ? gate.publicSpace : admittedPublic;
  const groups: StepVerdict = admittedPublic.length > 0 ? 'pass' : anybody ? 'unknown' : 'stop';

  const asked = mayEnter.length > 0 ? mayEnter : gate.publicSpace;
  const [direct, answered] = [gate.routes?.direct ?? [], gate.answered];
  const mayReturn = intersectIntervals(asked, answered);
  const route = verdictOf(mayReturn, direct, asked);

  const routed = mayReturn.length > 0 ? mayReturn : asked;
  const list = gate[protocol];
  const { whole, some } = list === null ? { whole: [], some: EVERYONE[family] } : stretchAt(list, port);
  const mayPass = intersectIntervals(routed, some);
  const acl: StepVerdict =
    list === null ? 'unknown' : mayPass.length === 0 ? 'stop' : covers(whole, routed) ? 'pass' : 'partly';

  const surely = intersectIntervals(admittedPublic, direct);
  const reachable: Reachable =
    mayEnter.length === 0 || mayReturn.length === 0 || mayPass.length === 0
      ? 'no'
      : intersectIntervals(surely, whole).length > 0
        ? 'yes'
        : list !== null && intersectIntervals(surely, some).length > 0
          ? 'partly'
          : 'unknown';
  const unstopped = (set: Intervals): Intervals => intersectIntervals(intersectIntervals(set, some), answered);
  return {
    gate,
    on,
    covering,
    admitted,
    anybody,
    asked,
    routed,
    route,
    acl,
    groups,
    sources: unstopped(admitted),
    passed: some,
    edge: unstopped(unionOf(covering, 'edge')),
    reachable,
  };
}

function verdictOf(mayReturn: Intervals, direct: Intervals, asked: Intervals): StepVerdict {
  if (mayReturn.length === 0) return 'stop';
  if (covers(direct, asked)) return 'pass';
  return intersectIntervals(mayReturn, direct).length > 0 ? 'partly' : 'unknown';
}

function unionOf(rules: readonly IngressRule[], kind: IngressRule['kind']): Intervals {
  const all: Interval[] = [];
  for (const rule of rules) if (rule.kind === kind) all.push(...rule.addresses);
  return all.length > 1 ? normalise(all) : all;
}
