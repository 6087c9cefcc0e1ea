import { describe, expect, it } from 'vitest';
import type { SecurityGroupRule } from '../../../../core/cloud/network.ts';
import { BadInput, Refused } from '../../../../core/errors.ts';
import type { ClosureRequest } from '../../../../core/remediation/security-groups/closure-plan.ts';
import { describeRules, rulesHash } from '../../../../core/remediation/security-groups/describe-rules.ts';
import { planClosure } from '../../../../core/remediation/security-groups/plan-closure.ts';
import { planInverse } from '../../../../core/remediation/security-groups/plan-inverse.ts';
import type { RuleStep } from '../../../../core/remediation/security-groups/rule-step.ts';
import { tupleOf } from '../../../../core/remediation/security-groups/rule-tuple.ts';
import { simulate } from '../../../../core/remediation/security-groups/simulate.ts';
import { aPrefixList, aRule, anEgressRule, from } from '../../../builders/cloud-network.ts';
import { SmallEc2, textsOf } from './small-ec2.ts';

type Rules = Partial<SecurityGroupRule>[];

/** Close tcp 22 of sg-1, whose rules are sgr-1, sgr-2 and so on. */
function request(rules: Rules, over: Partial<ClosureRequest> = {}): ClosureRequest {
  return {
    rules: new Map([['sg-1', rules.map((rule, index) => aRule({ id: `sgr-${index + 1}`, ...rule }))]]),
    protocol: 'tcp',
    port: 22,
    family: 'both',
    prefixLists: [],
    quota: { ingressRulesPerGroup: 60 },
    allowAllProtocols: false,
    approvalTag: 'approval-7',
    ...over,
  };
}

/** `authorize tcp 23-30 from 0.0.0.0/0`, `modify sgr-1 to ...`, `revoke sgr-1`. */
const said = (steps: readonly RuleStep[]) =>
  steps.map((step) => {
    if (step.op === 'authorize') return `authorize ${tupleOf(step.rule)}`;
    return step.op === 'modify' ? `modify ${step.ruleId} to ${tupleOf(step.to)}` : `revoke ${step.ruleId}`;
  });
const planned = (rules: Rules, over: Partial<ClosureRequest> = {}) => said(planClosure(request(rules, over)).steps);
const refused =
  (rules: Rules, over: Partial<ClosureRequest> = {}) =>
  () =>
    planClosure(request(rules, over));
const range = (fromPort: number, toPort: number, source = '0.0.0.0/0') => ({ fromPort, toPort, source: from(source) });
const EVERYTHING = { protocol: '-1', fromPort: null, toPort: null };

describe('what a closure does to one rule', () => {
  it('revokes a rule for the port alone', () => {
    const plan = planClosure(request([range(22, 22)]));
    expect(said(plan.steps)).toEqual(['revoke sgr-1']);
    expect(plan.quotaDelta).toEqual([]);
    expect(plan.after).toEqual({ 'sg-1': [] });
  });

  it('shrinks a rule in place when the port is its first or its last', () => {
    expect(planned([range(22, 30)])).toEqual(['modify sgr-1 to tcp 23-30 from 0.0.0.0/0']);
    expect(planned([range(20, 22)])).toEqual(['modify sgr-1 to tcp 20-21 from 0.0.0.0/0']);
    expect(planClosure(request([range(20, 22)])).quotaDelta).toEqual([]);
  });

  it('authorizes what lies above and then shrinks, when the port is inside', () => {
    const plan = planClosure(request([range(20, 30)]));
    expect(said(plan.steps)).toEqual([
      'authorize tcp 23-30 from 0.0.0.0/0',
      'modify sgr-1 to tcp 20-21 from 0.0.0.0/0',
    ]);
    expect(plan.quotaDelta).toEqual([{ groupId: 'sg-1', family: 'v4', delta: 1, used: 1 }]);
    expect(plan.touches).toEqual(['sgr-1']);
  });

  it('never makes port -1 or 65536', () => {
    const at = (port: number, rule = range(0, 65_535)) => planned([rule], { port });
    expect(at(0)).toEqual(['modify sgr-1 to tcp 1-65535 from 0.0.0.0/0']);
    expect(at(65_535)).toEqual(['modify sgr-1 to tcp 0-65534 from 0.0.0.0/0']);
    expect(at(0, range(0, 0))).toEqual(['revoke sgr-1']);
    expect(at(1, range(0, 1))).toEqual(['modify sgr-1 to tcp 0 from 0.0.0.0/0']);
    const edge = planned([EVERYTHING], { port: 0, allowAllProtocols: true });
    expect(edge.filter((text) => text.includes('tcp'))).toEqual(['authorize tcp 1-65535 from 0.0.0.0/0']);
  });

  it('reads tcp without ports as all ports', () => {
    expect(planned([{ fromPort: null, toPort: null }])).toEqual([
      'authorize tcp 23-65535 from 0.0.0.0/0',
      'modify sgr-1 to tcp 0-21 from 0.0.0.0/0',
    ]);
    expect(planned([{ protocol: '6', fromPort: -1, toPort: -1 }])).toHaveLength(2);
  });

  it('closes udp, and leaves tcp of the same port', () => {
    const rules = [range(53, 53), { ...range(50, 60), protocol: 'udp' }];
    expect(planned(rules, { protocol: 'udp', port: 53 })).toEqual([
      'authorize udp 54-60 from 0.0.0.0/0',
      'modify sgr-2 to udp 50-52 from 0.0.0.0/0',
    ]);
  });

  it('copies the description word for word and says on each new rule where it comes from', () => {
    const description = `${'office #1 @ [x]; '.repeat(15)}`.slice(0, 255);
    const [authorize, modify] = planClosure(request([{ ...range(20, 30), description, tags: { team: 'blue' } }])).steps;
    expect(authorize).toMatchObject({
      rule: { description },
      tags: { 'exposure:split-from': 'sgr-1', 'exposure:approval': 'approval-7' },
    });
    expect(modify).toMatchObject({ from: { description }, to: { description } });
  });
});

describe('what a closure does to a rule of every protocol', () => {
  it('refuses without the second confirmation and says what it would do', () => {
    expect(refused([EVERYTHING])).toThrow(Refused);
    expect(refused([EVERYTHING])).toThrow(
      'sgr-1 (all protocols from 0.0.0.0/0): the rule is for every protocol. Closing tcp port 22 would replace it by up to 8 rules',
    );
  });

  it('keeps tcp, udp, ICMP, GRE, ESP, AH and SCTP', () => {
    const plan = planClosure(request([EVERYTHING], { allowAllProtocols: true }));
    expect(said(plan.steps)).toEqual([
      'authorize tcp 0-21 from 0.0.0.0/0',
      'authorize tcp 23-65535 from 0.0.0.0/0',
      'authorize udp 0-65535 from 0.0.0.0/0',
      'authorize icmp from 0.0.0.0/0',
      'authorize protocol 47 from 0.0.0.0/0',
      'authorize protocol 50 from 0.0.0.0/0',
      'authorize protocol 51 from 0.0.0.0/0',
      'authorize protocol 132 from 0.0.0.0/0',
      'revoke sgr-1',
    ]);
    expect(plan.steps).toContainEqual(
      expect.objectContaining({ rule: expect.objectContaining({ protocol: 'icmp', fromPort: -1, toPort: -1 }) }),
    );
    expect(plan.notes.join(' ')).toContain('they lose every other protocol number');
    expect(plan.quotaDelta).toEqual([{ groupId: 'sg-1', family: 'v4', delta: 8, used: 1 }]);
  });

  it('keeps ICMPv6 for an IPv6 source', () => {
    const steps = planned([{ ...EVERYTHING, source: from('::/0') }], { allowAllProtocols: true });
    expect(steps).toContain('authorize icmpv6 from ::/0');
    expect(steps).not.toContain('authorize icmp from ::/0');
  });

  it('keeps a private part of the source whole', () => {
    const steps = planned([{ ...EVERYTHING, source: from('8.0.0.0/5') }], { allowAllProtocols: true });
    expect(steps).toContain('authorize all protocols from 10.0.0.0/8');
    expect(steps).toHaveLength(10);
  });

  it('needs no confirmation for one that lets in a private network only', () => {
    expect(planned([range(22, 22), { ...EVERYTHING, source: from('10.0.0.0/8') }])).toEqual(['revoke sgr-1']);
  });
});

describe('which sources lose the port', () => {
  it('takes every public source of every rule and group, whichever the protocol and family', () => {
    const rules = new Map([
      ['sg-1', [aRule({ source: from('0.0.0.0/1') }), aRule({ id: 'sgr-2', ...range(20, 30, '8.8.8.0/24') })]],
      [
        'sg-2',
        [
          aRule({ id: 'sgr-3', groupId: 'sg-2', source: from('128.0.0.0/1') }),
          aRule({ id: 'sgr-4', groupId: 'sg-2', source: from('::/0') }),
        ],
      ],
    ]);
    const plan = planClosure(request([], { rules }));
    expect(plan.touches).toEqual(['sgr-1', 'sgr-2', 'sgr-3', 'sgr-4']);
    expect(said(plan.steps).slice(-3)).toEqual(['revoke sgr-1', 'revoke sgr-3', 'revoke sgr-4']);
  });

  it('closes one family alone when asked to', () => {
    const twins = [range(22, 22), range(22, 22, '::/0')];
    expect(planned(twins)).toEqual(['revoke sgr-1', 'revoke sgr-2']);
    expect(planned(twins, { family: 'v4' })).toEqual(['revoke sgr-1']);
    expect(planned(twins, { family: 'v6' })).toEqual(['revoke sgr-2']);
  });

  it('leaves private networks, groups, AWS lists and egress as they are', () => {
    const lists = [aPrefixList(['52.0.0.0/8'], { id: 'pl-aws', ownerId: 'AWS' })];
    const others = ['10.0.0.0/8', 'sg-9', 'pl-aws', 'fd00::/8'].map((source) => range(20, 30, source));
    const plan = planClosure(request([range(22, 22), ...others, anEgressRule()], { prefixLists: lists }));
    expect(said(plan.steps)).toEqual(['revoke sgr-1']);
    expect(plan.before['sg-1']).toHaveLength(5);
    expect(plan.notes.join(' ')).toContain(
      'Left as it is: sgr-2 (tcp 20-30 from 10.0.0.0/8), sgr-3 (tcp 20-30 from sg-9)',
    );
  });

  it('replaces a source that is partly public by its private networks', () => {
    expect(planned([range(22, 22, '8.0.0.0/5')])).toEqual(['authorize tcp 22 from 10.0.0.0/8', 'revoke sgr-1']);
    expect(planned([range(20, 22, '10.0.0.0/7')])).toEqual([
      'authorize tcp 22 from 10.0.0.0/8',
      'modify sgr-1 to tcp 20-21 from 10.0.0.0/7',
    ]);
  });

  it('keeps private networks inside 0.0.0.0/0 only on request', () => {
    const notes = (keepPrivate: boolean) => planClosure(request([range(22, 22)], { keepPrivate })).notes.join(' ');
    expect(planned([range(22, 22)], { keepPrivate: true })).toEqual([
      'authorize tcp 22 from 10.0.0.0/8',
      'authorize tcp 22 from 100.64.0.0/10',
      'authorize tcp 22 from 172.16.0.0/12',
      'authorize tcp 22 from 192.168.0.0/16',
      'revoke sgr-1',
    ]);
    expect(notes(true)).toContain('Private networks within 0.0.0.0/0 keep tcp port 22');
    expect(notes(false)).toContain('Machines inside that use tcp port 22 by sgr-1 (tcp 22 from 0.0.0.0/0) alone');
  });
});

describe('prefix lists', () => {
  const mixed = aPrefixList(['8.8.8.0/24', '10.0.0.0/8', '192.168.1.7/32'], { maxEntries: 20 });

  it('is replaced at the port by its private entries and stays at the other ports', () => {
    const plan = planClosure(request([range(20, 30, 'pl-1')], { prefixLists: [mixed] }));
    expect(said(plan.steps)).toEqual([
      'authorize tcp 23-30 from pl-1',
      'authorize tcp 22 from 10.0.0.0/8',
      'authorize tcp 22 from 192.168.1.7/32',
      'modify sgr-1 to tcp 20-21 from pl-1',
    ]);
    expect(plan.quotaDelta).toEqual([{ groupId: 'sg-1', family: 'v4', delta: 22, used: 20 }]);
    expect(plan.notes.join(' ')).toContain('pl-1 (offices) is not edited');
  });

  it('is refused when its entries were not read', () => {
    expect(refused([range(22, 22), range(22, 22, 'pl-1')])).toThrow(
      /pl-1 could not be read.*ec2:GetManagedPrefixListEntries/,
    );
    expect(planned([range(22, 22), range(80, 80, 'pl-1')])).toEqual(['revoke sgr-1']);
  });

  it('keeps the private entry beside 0.0.0.0/0', () => {
    const list = aPrefixList(['0.0.0.0/0', '10.0.0.0/8']);
    expect(planned([range(22, 22, 'pl-1')], { prefixLists: [list] })).toEqual([
      'authorize tcp 22 from 10.0.0.0/8',
      'revoke sgr-1',
    ]);
  });

  it('is refused when its private entries find no room', () => {
    const entries = ['8.8.8.0/24', ...Array.from({ length: 60 }, (_, i) => `10.${2 * i}.0.0/16`)];
    expect(refused([range(22, 22, 'pl-1')], { prefixLists: [aPrefixList(entries)] })).toThrow('sg-1 has no room');
  });
});

describe('tuples that exist already', () => {
  it('authorizes nothing that is there', () => {
    expect(planned([range(20, 30), range(23, 30)])).toEqual(['modify sgr-1 to tcp 20-21 from 0.0.0.0/0']);
  });

  it('shrinks to the part that is not there, or revokes when both are', () => {
    expect(planned([range(20, 30), range(20, 21)])).toEqual(['modify sgr-1 to tcp 23-30 from 0.0.0.0/0']);
    expect(planned([range(20, 30), range(20, 21), range(23, 30)])).toEqual(['revoke sgr-1']);
  });

  it('makes a part that two rules share once', () => {
    expect(planned([range(20, 30), range(20, 40)])).toEqual([
      'authorize tcp 23-30 from 0.0.0.0/0',
      'modify sgr-1 to tcp 20-21 from 0.0.0.0/0',
      'modify sgr-2 to tcp 23-40 from 0.0.0.0/0',
    ]);
    expect(planned([range(22, 30), range(22, 22, '8.0.0.0/5'), range(22, 22, '10.0.0.0/7')])).toEqual([
      'authorize tcp 22 from 10.0.0.0/8',
      'modify sgr-1 to tcp 23-30 from 0.0.0.0/0',
      'revoke sgr-2',
      'revoke sgr-3',
    ]);
  });

  it('knows the same rule of another group as another rule', () => {
    const rules = new Map([
      ['sg-1', [aRule(range(20, 30))]],
      ['sg-2', [aRule({ id: 'sgr-2', groupId: 'sg-2', ...range(23, 30) })]],
    ]);
    expect(planned([], { rules })).toEqual([
      'authorize tcp 23-30 from 0.0.0.0/0',
      'modify sgr-1 to tcp 20-21 from 0.0.0.0/0',
    ]);
  });
});

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
    ...{ op: 'modify', groupId: 'sg-1', ruleId, from: aRule(), to: aRule(to) },
  });

  it('refuses what EC2 refuses: a rule that is gone, a tuple that exists, a group that is gone', () => {
    expect(() => simulate(rules, [modify('sgr-9', range(1, 2))])).toThrow('sg-1 has no rule sgr-9');
    expect(() => simulate(rules, [modify('sgr-1', range(80, 80))])).toThrow(/sgr-2.*cannot become the same/);
    expect(() => simulate(new Map(), [modify('sgr-1', range(1, 2))])).toThrow('sg-1 does not exist');
  });
});
