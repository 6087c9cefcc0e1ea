import { describe, expect, it } from 'vitest';
import { Refused } from '../../../../core/errors.ts';
import { planClosure } from '../../../../core/remediation/security-groups/plan-closure.ts';
import { aPrefixList, aRule, anEgressRule, from } from '../../../builders/cloud-network.ts';
import { EVERYTHING, planned, range, refused, request, said } from './closure-request.ts';

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
    const description = 'office #1 @ [x]; '.repeat(15).slice(0, 255);
    const [authorize, modify] = planClosure(request([{ ...range(20, 30), description, tags: { team: 'blue' } }])).steps;
    expect(authorize).toMatchObject({
      rule: { description },
      tags: { 'exposure:split-from': 'sgr-1', 'exposure:finding': 'f-7' },
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

describe('a group of 1,000 rules and one for every protocol', () => {
  it('is planned, and every rule that covers the port is in the plan', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => range(i % 40, 40 + i, `${11 + (i % 80)}.${i % 250}.0.0/16`));
    const quota = { ingressRulesPerGroup: 2_000 };
    const plan = planClosure(request([...many, EVERYTHING], { allowAllProtocols: true, quota }));
    // 23 of every 40 begin at 22 or below.
    expect(plan.touches).toHaveLength(23 * 25 + 1);
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
