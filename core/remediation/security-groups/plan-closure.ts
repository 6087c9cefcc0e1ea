import type { SecurityGroupRule } from '../../cloud/network.ts';
import { BadInput, Refused } from '../../errors.ts';
import type { ClosurePlan, ClosureRequest, ClosureTarget } from './closure-plan.ts';
import { describeRules, ingressOf } from './describe-rules.ts';
import { planInverse } from './plan-inverse.ts';
import { planNotes } from './plan-notes.ts';
import { proveClosure } from './prove-closure.ts';
import { quotaOf } from './quota.ts';
import { LAST_PORT, protocolOf, sourceText, tupleOf } from './rule-tuple.ts';
import { simulate } from './simulate.ts';
import { type Reach, reachOf } from './sources.ts';
import { type Split, covers, split } from './split-rule.ts';
import { stepsOfGroup } from './steps-of-group.ts';

interface Covering {
  readonly groupId: string;
  readonly rule: SecurityGroupRule;
  readonly reach: Reach;
}

/**
 * The calls that close one port of all groups of an interface for every public source, and nothing else: what named private networks, groups
 * and AWS's own address lists may reach stays, and so does every other port. Proved before it is returned.
 * @throws Refused with the reason and what to do. @throws BadInput when the port or a CIDR is none.
 */
export function planClosure(request: ClosureRequest): ClosurePlan {
  const target = targetOf(request);
  const covering = coveringOf(request, target);
  refuseUnknown(covering);
  refuseNothing(request, target, covering);
  const splits = covering.flatMap(({ groupId, rule, reach }) =>
    reach.kind === 'public' ? [{ groupId, ...split(rule, reach, target) }] : [],
  );
  refuseEverything(request, target, splits);
  const groups = [...request.rules].map(([groupId, rules]) => {
    const own = splits.filter((each) => each.groupId === groupId);
    return stepsOfGroup(groupId, ingressOf(rules), own, request.findingId);
  });
  const steps = (['authorize', 'modify', 'revoke'] as const).flatMap((op) =>
    groups.flat().filter((step) => step.op === op),
  );
  const quotaDelta = quotaOf(request.rules, steps, request.prefixLists, request.quota.ingressRulesPerGroup);
  const would = simulate(request.rules, steps);
  proveClosure(request.rules, would, target, request.prefixLists);
  const [before, after] = [describeRules(request.rules), describeRules(would)];
  const kept = covering.filter(({ reach }) => reach.kind !== 'public').map(({ rule }) => rule);
  return {
    target,
    steps,
    inverse: planInverse(would, { before, after }),
    before,
    after,
    quotaDelta,
    notes: planNotes(request, target, splits, steps, kept),
    touches: splits.map(({ rule }) => rule.id).sort(),
  };
}

function targetOf({ protocol, port, family, keepPrivate = false }: ClosureRequest): ClosureTarget {
  if (!Number.isInteger(port) || port < 0 || port > LAST_PORT) {
    throw new BadInput(`Port ${port} does not exist: ports are 0 to ${LAST_PORT}.`);
  }
  return { protocol, port, family, keepPrivate };
}

/** Rules that let the target in, from wherever. */
function coveringOf({ rules, prefixLists }: ClosureRequest, target: ClosureTarget): Covering[] {
  return [...rules].flatMap(([groupId, each]) =>
    ingressOf(each)
      .filter((rule) => covers(rule, target))
      .map((rule) => ({ groupId, rule, reach: reachOf(rule.source, target, prefixLists) })),
  );
}

function refuseUnknown(covering: readonly Covering[]): void {
  const unread = covering.filter(({ reach }) => reach.kind === 'unknown').map(({ rule }) => rule);
  if (unread.length === 0) return;
  throw new Refused(
    `${listed(unread)}: the entries of ${[...new Set(unread.map(({ source }) => sourceText(source)))].join(', ')} could not be read, so nobody knows whom it lets in. ` +
      'Let the reading role call ec2:GetManagedPrefixListEntries, or ask the owner to share the list, then plan again.',
  );
}

function refuseNothing(
  { rules }: ClosureRequest,
  { protocol, port, family }: ClosureTarget,
  covering: readonly Covering[],
): void {
  if (covering.some(({ reach }) => reach.kind === 'public')) return;
  const what = `${protocol} port ${port}`;
  const where = [...rules.keys()].join(', ') || 'no group';
  if (covering.length === 0) {
    throw new Refused(
      `No rule of ${where} lets ${what} in: there is nothing to close here. Look for another way in, such as a load balancer.`,
    );
  }
  const why: Record<Exclude<Reach['kind'], 'public'>, string> = {
    inside: 'a private or special network',
    group: 'members of a security group',
    'aws-edge': "a list of AWS's own services",
    'other-family': `${family === 'v4' ? 'IPv6' : 'IPv4'}, which was not asked for`,
    unknown: 'an unknown list',
  };
  const found = covering.map(
    ({ rule, reach }) => `${rule.id} (${tupleOf(rule)}: ${reach.kind === 'public' ? '' : why[reach.kind]})`,
  );
  throw new Refused(
    `No public source may reach ${what} by the rules of ${where}; it is let in only by ${found.join(', ')}. A closure leaves these as they are: change them by hand if they are wrong.`,
  );
}

function refuseEverything(
  { allowAllProtocols }: ClosureRequest,
  { protocol, port }: ClosureTarget,
  splits: readonly Split[],
): void {
  const everything = splits.filter(({ rule }) => protocolOf(rule.protocol) === '-1');
  if (allowAllProtocols || everything.length === 0) return;
  const rules = everything.map(({ rule }) => rule);
  const most = Math.max(...everything.map(({ remainder }) => remainder.length));
  throw new Refused(
    `${listed(rules)}: the rule is for every protocol. Closing ${protocol} port ${port} would replace it by up to ${most} rules and end the protocols that cannot be listed one by one. ` +
      'If that is wanted, plan it again with --all-protocols (in the API: allProtocols); or replace the rule by the ports that are needed.',
  );
}

function listed(rules: readonly SecurityGroupRule[]): string {
  return rules.map((rule) => `${rule.id} (${tupleOf(rule)})`).join(', ');
}
