import type { CloudNetwork, SecurityGroup } from '../../../core/cloud/network.ts';
import { compareBreadth } from '../../../core/net/breadth.ts';
import type { Exposure } from '../../../core/exposure/effective/exposure.ts';
import type { ClosureRequest } from '../../../core/remediation/security-groups/closure-plan.ts';
import type { Ask, Case } from '../corpus/case.ts';

/** Does the internet at large get in: a public share of a /8 or more. The question that every tool is asked. */
export function isAtLarge({ reachable, breadth }: Exposure): boolean {
  return (reachable === 'yes' || reachable === 'partly') && breadth !== null && compareBreadth(breadth, 'wide') >= 0;
}

/** What the answer has beyond yes or no and differs from the label: a sentence, or null when all of it is right. */
export function differenceOf({ answer, throughFront }: Case, exposure: Exposure): string | null {
  const reachable = { open: 'yes', narrow: 'yes', partly: 'partly', shut: 'no' }[answer.reach];
  if (exposure.reachable !== reachable) return `reachable is ${exposure.reachable}, not ${reachable}`;
  if (answer.width !== null && exposure.breadth !== answer.width) {
    return `breadth is ${exposure.breadth ?? 'null'}, not ${answer.width}`;
  }
  const front = exposure.fronts.some((each) => each.reachable === 'yes');
  if (throughFront !== null && front !== throughFront)
    return `the load balancer ${front ? 'leads' : 'does not lead'} there`;
  return null;
}

/** The request to close the port at the groups of the interface, with the confirmation that rules of protocol -1 need. */
export function closureOf(network: CloudNetwork, groups: readonly SecurityGroup[], ask: Ask): ClosureRequest {
  return {
    protocol: ask.protocol,
    port: ask.port,
    family: ask.family,
    rules: new Map(groups.map(({ id, rules }) => [id, rules.filter(({ egress }) => !egress)])),
    prefixLists: network.prefixLists,
    quota: { ingressRulesPerGroup: 60 },
    allowAllProtocols: true,
    findingId: 'bench',
  };
}
