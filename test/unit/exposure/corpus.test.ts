import { describe, expect, it } from 'vitest';
import { CORPUS } from '../../../bench/exposure-peers/corpus/all.ts';
import { type Case, isReachable } from '../../../bench/exposure-peers/corpus/case.ts';
import { addressAsked, toNetwork } from '../../../bench/exposure-peers/corpus/to-network.ts';
import { judgeClosure, type Rules } from '../../../bench/exposure-peers/judge/closure.ts';
import { closureOf, differenceOf, isAtLarge } from '../../../bench/exposure-peers/tools/ours.ts';
import type { CloudNetwork, SecurityGroup } from '../../../core/cloud/network.ts';
import { evaluateExposure } from '../../../core/exposure/effective/evaluate.ts';
import type { GroupRules } from '../../../core/remediation/security-groups/closure-plan.ts';
import { planClosure } from '../../../core/remediation/security-groups/plan-closure.ts';

describe('the corpus of labelled accounts', () => {
  it('has 200 cases and more, each with a name of its own, some open and some shut', () => {
    expect(CORPUS.length).toBeGreaterThanOrEqual(200);
    expect(new Set(CORPUS.map(({ name }) => name)).size).toBe(CORPUS.length);
    const open = CORPUS.filter(isReachable).length;
    expect(open).toBeGreaterThan(CORPUS.length / 4);
    expect(open).toBeLessThan((CORPUS.length * 3) / 4);
  });

  it('says of every reachable case which rule must lose the port, and of no other', () => {
    const wrong = CORPUS.filter((asked) => isReachable(asked) !== marksOf(asked).some((goes) => goes.length > 0));
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });
});

describe('every verdict of the corpus', () => {
  it.each(CORPUS.map((asked) => [asked.name, asked] as const))('%s', (_, asked) => {
    const exposure = evaluated(asked, toNetwork(asked.world));
    expect({
      because: asked.answer.because,
      open: isAtLarge(exposure),
      difference: differenceOf(asked, exposure),
    }).toEqual({ because: asked.answer.because, open: isReachable(asked), difference: null });
  });
});

describe('every closure of the corpus takes the port from the public and nothing from anybody else', () => {
  it.each(CORPUS.filter(isReachable).map((asked) => [asked.name, asked] as const))('%s', (_, asked) => {
    const network = toNetwork(asked.world);
    const groups = groupsAsked(network, asked);
    const after = withRules(network, planClosure(closureOf(network, groups, asked.ask)).after);
    expect(isAtLarge(evaluated(asked, after))).toBe(false);
    expect(judgeClosure(asked, nameOf, rulesOf(network), rulesOf(after))).toEqual({
      stillOpen: false,
      leftNarrow: false,
      lostPorts: 0,
      lostProtocols: 0,
      lostSources: 0,
      gainedPorts: 0,
    });
  });
});

describe('the judge of closures', () => {
  const asked = CORPUS.find(({ name }) => name === 'sources: anywhere, privately and a group, in one range, tcp 22')!;
  const network = toNetwork(asked.world);
  const judge = (keep: (source: string) => boolean) => {
    const groups = network.groups.map((group) => ({
      ...group,
      rules: group.rules.filter(
        ({ source }) => group.id !== 'sg-web' || keep('cidr' in source ? source.cidr : source.id),
      ),
    }));
    return judgeClosure(asked, nameOf, rulesOf(network), rulesOf({ ...network, groups }));
  };

  it('counts the ports and sources that went although they had to stay', () => {
    // 19-25 from anywhere: six other ports; the private rule and the group go with them at all seven.
    expect(judge(() => false)).toEqual({
      stillOpen: false,
      leftNarrow: false,
      lostPorts: 7,
      lostProtocols: 0,
      lostSources: 3,
      gainedPorts: 0,
    });
    expect(judge((source) => source !== '0.0.0.0/0')).toMatchObject({ stillOpen: false, lostPorts: 6, lostSources: 1 });
  });

  it('tells a port that is left open to one host from one that is left open to the internet', () => {
    const both = CORPUS.find(({ name }) => name === 'sources: anywhere and one public address, tcp 22')!;
    const before = toNetwork(both.world);
    const without = (cidr: string) => ({
      ...before,
      groups: before.groups.map((group) => ({
        ...group,
        rules: group.rules.filter(({ egress, source }) => egress || !('cidr' in source) || source.cidr !== cidr),
      })),
    });
    const judged = (after: CloudNetwork) => judgeClosure(both, nameOf, rulesOf(before), rulesOf(after));
    expect(judged(without('0.0.0.0/0'))).toMatchObject({ stillOpen: false, leftNarrow: true });
    expect(judged(without('9.9.9.9/32'))).toMatchObject({ stillOpen: true, leftNarrow: false });
  });

  it('sees that a port was left open, or that another was opened', () => {
    expect(judge(() => true)).toMatchObject({ stillOpen: true, lostPorts: 0 });
    const extra = { ...network.groups[1]!.rules[0]!, id: 'sgr-new', fromPort: 80, toPort: 81 };
    const wider = network.groups.map((group) =>
      group.id === 'sg-web' ? { ...group, rules: [...group.rules, extra] } : group,
    );
    const outcome = judgeClosure(asked, nameOf, rulesOf(network), rulesOf({ ...network, groups: wider }));
    expect(outcome).toMatchObject({ stillOpen: true, gainedPorts: 2 });
  });
});

const marksOf = ({ world }: Case) => Object.values(world.groups).flatMap((rules) => rules.map(({ goes }) => goes));
const nameOf = (groupId: string): string => groupId.slice('sg-'.length);
const rulesOf = ({ groups, prefixLists }: CloudNetwork): Rules => ({ groups, lists: prefixLists });

function evaluated({ ask }: Case, network: CloudNetwork) {
  return evaluateExposure(network, { address: addressAsked(network, ask), protocol: ask.protocol, port: ask.port });
}

function groupsAsked(network: CloudNetwork, { ask }: Case): SecurityGroup[] {
  const on = network.interfaces.find(({ id }) => id === `eni-asked-${ask.interface}`)!.groupIds;
  return network.groups.filter(({ id }) => on.includes(id));
}

/** The network with these ingress rules in place of its own. */
function withRules(network: CloudNetwork, planned: GroupRules): CloudNetwork {
  const groups = network.groups.map((group) => {
    const rules = planned[group.id];
    if (!rules) return group;
    const ingress = rules.map(({ id, rule, tags }, i) => ({
      ...rule,
      id: id ?? `sgr-new-${i}`,
      groupId: group.id,
      egress: false,
      tags,
    }));
    return { ...group, rules: [...ingress, ...group.rules.filter(({ egress }) => egress)] };
  });
  return { ...network, groups };
}
