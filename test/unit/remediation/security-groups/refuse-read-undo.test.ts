import { describe, expect, it } from 'vitest';
import type { SecurityGroupRule } from '../../../../core/cloud/network.ts';
import { BadInput, Refused } from '../../../../core/errors.ts';
import type { ClosureRequest } from '../../../../core/remediation/security-groups/closure-plan.ts';
import { describeRules, rulesHash } from '../../../../core/remediation/security-groups/describe-rules.ts';
import { planClosure } from '../../../../core/remediation/security-groups/plan-closure.ts';
import { planInverse } from '../../../../core/remediation/security-groups/plan-inverse.ts';
import type { RuleStep } from '../../../../core/remediation/security-groups/rule-step.ts';
import { simulate } from '../../../../core/remediation/security-groups/simulate.ts';
import { aPrefixList, aRule, anEgressRule } from '../../../builders/cloud-network.ts';
import { type Rules, planned, range, refused, request, said } from './closure-request.ts';
import { SmallEc2, textsOf } from './small-ec2.ts';

describe('what is refused before anything is changed', () => {
  it.each<[string, Rules, Partial<ClosureRequest>, string]>([
    ['no rule lets the port in', [range(80, 80)], {}, 'No rule of sg-1 lets tcp port 22 in'],
    [
      'only a private network may',
      [range(22, 22, '10.0.0.0/8')],
      {},
      'sgr-1 (tcp 22 from 10.0.0.0/8: a private or special network)',
    ],
    ['only a group may', [range(22, 22, 'sg-9')], {}, 'members of a security group'],
    ['only the other family may', [range(22, 22, '::/0')], { family: 'v4' }, 'IPv6, which was not asked for'],
    [
      'only AWS itself may',
      [range(22, 22, 'pl-1')],
      { prefixLists: [aPrefixList(['52.0.0.0/8'], { ownerId: 'AWS' })] },
      "a list of AWS's own services",
    ],
    [
      'a list has no entries',
      [range(22, 22, 'pl-1')],
      { prefixLists: [aPrefixList([])] },
      'No public source may reach tcp port 22',
    ],
    ['there is no group', [], { rules: new Map() }, 'No rule of no group'],
  ])('%s', (_what, rules, over, why) => {
    expect(refused(rules, over)).toThrow(Refused);
    expect(refused(rules, over)).toThrow(why);
  });

  it('a group without room, counted as AWS counts', () => {
    const full = (count: number, source: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => range(1_000 + i, 1_000 + i, source(i)));
    const v4 = [range(20, 30), ...full(59, () => '10.0.0.0/8')];
    expect(refused(v4)).toThrow(
      'sg-1 has no room for what must remain: it counts 60 of 60 IPv4 ingress rules and needs 1 more',
    );
    expect(planned(v4.slice(0, 59))).toHaveLength(2);
    expect(planned([range(20, 30), ...full(80, () => 'fd00::/8')])).toHaveLength(2);
    expect(refused([range(20, 30), ...full(59, (i) => `sg-${i}`)])).toThrow('no room');
    expect(refused([range(20, 30, '::/0'), ...full(59, (i) => `sg-${i}`)])).toThrow('60 of 60 IPv6');
    const list = aPrefixList(['10.0.0.0/8'], { maxEntries: 59 });
    expect(refused([range(20, 30), range(80, 80, 'pl-1')], { prefixLists: [list] })).toThrow('no room');
    expect(planned([range(20, 22), ...full(70, () => '10.0.0.0/8')])).toEqual([
      'modify sgr-1 to tcp 20-21 from 0.0.0.0/0',
    ]);
  });

  it('a port that does not exist, a network that is none', () => {
    expect(refused([range(22, 22)], { port: 65_536 })).toThrow(BadInput);
    expect(refused([range(22, 22)], { port: -1 })).toThrow(BadInput);
    expect(refused([range(22, 22, '8.8.8.8/2x')])).toThrow(BadInput);
  });
});

describe('what a person reads before approving', () => {
  it('says what happens to open connections, tracked or not', () => {
    const notes = planClosure(request([range(22, 22), range(22, 22, '8.0.0.0/8')])).notes.join('\n');
    expect(notes).toContain('Connections that are open now through 0.0.0.0/0 are cut at once');
    expect(notes).toContain('through sgr-2 (tcp 22 from 8.0.0.0/8) are tracked and live on');
  });

  it('says that a template will put the rule back, by tags of the rule or of its group', () => {
    const stack = { 'aws:cloudformation:stack-name': 'web' };
    const byRule = planClosure(request([{ ...range(22, 22), tags: stack }])).notes.join('\n');
    expect(byRule).toContain('sgr-1 (tcp 22 from 0.0.0.0/0) is kept by a template: it will come back');
    expect(byRule).toContain('sgr-1 goes with its tags aws:cloudformation:stack-name');
    const groupTags = new Map([['sg-1', { 'managed-by': 'Terraform' }]]);
    expect(planClosure(request([range(22, 22)], { groupTags })).notes.join('\n')).toContain('it will come back');
    expect(planClosure(request([range(22, 22)])).notes.join('\n')).not.toContain('come back');
  });

  it('describes rules in one order, whatever order they were read in, and hashes ids, descriptions and tags', () => {
    const rules = [aRule(), aRule({ id: 'sgr-2', ...range(80, 80), tags: { b: '1', a: '2' } })];
    const hash = (...each: SecurityGroupRule[]) => rulesHash(new Map([['sg-1', each]]));
    expect(hash(...rules)).toBe(hash(...[...rules].reverse(), anEgressRule()));
    expect(hash(rules[0]!, { ...rules[1]!, description: 'x' })).not.toBe(hash(...rules));
    expect(hash(rules[0]!, { ...rules[1]!, tags: {} })).not.toBe(hash(...rules));
    expect(hash(rules[0]!, { ...rules[1]!, id: 'sgr-3' })).not.toBe(hash(...rules));
    const plan = planClosure(request([range(20, 30)]));
    expect(plan.before).toEqual(describeRules(request([range(20, 30)]).rules));
    expect(plan.after['sg-1']?.map(({ id }) => id)).toEqual(['sgr-1', null]);
  });
});

describe('the way back', () => {
  it('puts back a revoked rule with its description and the tags that may be set', () => {
    const rule = {
      ...range(22, 22),
      description: 'ssh',
      tags: { team: 'blue', 'aws:cloudformation:stack-name': 'web' },
    };
    const asked = request([rule]);
    const plan = planClosure(asked);
    const steps = planInverse(simulate(asked.rules, plan.steps), plan);
    expect(steps).toEqual([
      {
        op: 'authorize',
        groupId: 'sg-1',
        rule: expect.objectContaining({ description: 'ssh' }),
        tags: { team: 'blue' },
      },
    ]);
    expect(plan.inverse).toEqual(steps);
  });

  it('grows a shrunk rule, and only then revokes what was added', () => {
    const asked = request([range(20, 30)]);
    const plan = planClosure(asked);
    expect(said(plan.inverse)).toEqual([
      'modify sgr-1 to tcp 20-30 from 0.0.0.0/0',
      'revoke new:tcp 23-30 from 0.0.0.0/0',
    ]);
    const ec2 = new SmallEc2(asked.rules);
    for (const step of plan.steps) ec2.apply(step);
    expect(said(planInverse(ec2.read(), plan))).toEqual([
      'modify sgr-1 to tcp 20-30 from 0.0.0.0/0',
      'revoke sgr-made-1',
    ]);
    for (const step of planInverse(ec2.read(), plan)) ec2.apply(step);
    expect(textsOf(ec2.read())).toEqual(textsOf(asked.rules));
  });

  it('refuses when the group is gone', () => {
    expect(() => planInverse(new Map(), planClosure(request([range(22, 22)])))).toThrow('sg-1 is gone');
  });
});

describe('the simulation', () => {
  const rules = request([range(20, 30), range(80, 80)]).rules;
  const modify = (ruleId: string, to: Partial<SecurityGroupRule>): RuleStep => ({
    op: 'modify',
    groupId: 'sg-1',
    ruleId,
    from: aRule(),
    to: aRule(to),
  });

  it('refuses what EC2 refuses: a rule that is gone, a tuple that exists, a group that is gone', () => {
    expect(() => simulate(rules, [modify('sgr-9', range(1, 2))])).toThrow('sg-1 has no rule sgr-9');
    expect(() => simulate(rules, [modify('sgr-1', range(80, 80))])).toThrow(/sgr-2.*cannot become the same/);
    expect(() => simulate(new Map(), [modify('sgr-1', range(1, 2))])).toThrow('sg-1 does not exist');
  });
});
