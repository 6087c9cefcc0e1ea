import { describe, expect, it } from 'vitest';
import type { CloudNetwork } from '../../../../core/cloud/network.ts';
import { evaluateExposure } from '../../../../core/exposure/effective/evaluate.ts';
import type { StepName } from '../../../../core/exposure/effective/exposure.ts';
import { aCloudNetwork, aGroup, aPrefixList, aRule, anInterface, from } from '../../../builders/cloud-network.ts';

const ask = (over: Partial<CloudNetwork>, address = '192.0.2.10') =>
  evaluateExposure(aCloudNetwork(over), { address, protocol: 'tcp', port: 22 });

function step(name: StepName, over: Partial<CloudNetwork>, address?: string) {
  const answer = ask(over, address);
  return { reachable: answer.reachable, ...answer.steps.find((each) => each.name === name) };
}

describe('the security groups', () => {
  const rules = (...made: Parameters<typeof aRule>[0][]) => ({
    groups: [aGroup({ rules: made.map((each, i) => aRule({ id: `sgr-${i + 1}`, ...each })) })],
  });
  it.each([
    ['tcp by its number', { protocol: '6' }, 'yes'],
    ['every protocol', { protocol: '-1', fromPort: null, toPort: null }, 'yes'],
    ['every protocol with ports, which count for nothing', { protocol: '-1', fromPort: 80, toPort: 80 }, 'yes'],
    ['a range', { fromPort: 20, toPort: 25 }, 'yes'],
    ['no ports', { fromPort: null, toPort: null }, 'yes'],
    ['ports -1', { fromPort: -1, toPort: -1 }, 'yes'],
    ['another port', { fromPort: 23, toPort: 65_535 }, 'no'],
    ['udp', { protocol: 'udp' }, 'no'],
    ['icmp of type 22', { protocol: 'icmp', fromPort: 22, toPort: -1 }, 'no'],
    ['protocol 47', { protocol: '47', fromPort: null, toPort: null }, 'no'],
    ['a rule for leaving', { egress: true }, 'no'],
  ])('%s', (_, rule, reachable) => {
    expect(step('security-groups', rules(rule))).toMatchObject({ reachable });
  });

  it.each([
    ['private', '10.0.0.0/8', 'private'],
    ['shared by carriers', '100.64.0.0/10', 'private'],
    ['for documents', '203.0.113.0/24', 'private'],
    ['link-local', '169.254.0.0/16', 'host'],
  ])('let in nobody from the internet by a source that is %s', (_, source, breadth) => {
    const answer = ask(rules({ source: from(source) }));
    expect(answer).toMatchObject({ reachable: 'no', breadth, sources: source });
    expect(answer.admittedBy).toEqual([{ ruleId: 'sgr-1', source, breadth }]);
  });

  it('never take a group for the internet', () => {
    const answer = ask(rules({ source: from('sg-9') }));
    expect(answer).toMatchObject({ reachable: 'no', breadth: 'group', sources: '' });
    expect(answer.steps.at(-2)).toMatchObject({
      verdict: 'stop',
      object: 'sg-1',
      why: 'Nothing public is let in to tcp 22, only sg-9 (sgr-1).',
    });
  });

  it('take the networks of AWS services for an edge, whatever their addresses', () => {
    const prefixLists = [aPrefixList(['120.52.22.96/27', '205.251.249.0/24'], { ownerId: 'AWS' })];
    expect(ask({ ...rules({ source: from('pl-1') }), prefixLists })).toMatchObject({
      reachable: 'no',
      breadth: 'aws-edge',
      sources: '',
      admittedBy: [{ ruleId: 'sgr-1', source: 'pl-1', breadth: 'aws-edge' }],
    });
  });

  it('join the networks of lists, nested and twice, with those of other rules', () => {
    const prefixLists = [
      aPrefixList(['8.0.0.0/9', '8.8.0.0/16', '8.8.8.8/32', '10.0.0.0/8']),
      aPrefixList(['8.0.0.0/8'], { id: 'pl-2' }),
      aPrefixList([], { id: 'pl-empty' }),
      aPrefixList(['2000::/3'], { id: 'pl-6', family: 'v6' }),
    ];
    const answer = ask({
      ...rules(
        { source: from('pl-1') },
        { source: from('pl-2') },
        { source: from('pl-empty') },
        { source: from('pl-6') },
      ),
      prefixLists,
    });
    expect(answer).toMatchObject({ reachable: 'yes', breadth: 'wide', sources: '8.0.0.0/8,10.0.0.0/8' });
    expect(answer.admittedBy).toEqual([
      { ruleId: 'sgr-1', source: 'pl-1', breadth: 'range' },
      { ruleId: 'sgr-2', source: 'pl-2', breadth: 'wide' },
    ]);
  });

  it('know the VPC’s own IPv6 network as its own, not as the internet', () => {
    const own = {
      interfaces: [anInterface({ ipv6: ['2a05:d018:1:101::10'] })],
      vpcs: [{ id: 'vpc-1', cidrs: ['10.0.0.0/16', '2a05:d018:1:100::/56'], isDefault: false, tags: {} }],
    };
    const source = '2a05:d018:1:100::/56';
    expect(ask({ ...own, ...rules({ source: from(source) }) }, '2a05:d018:1:101::10')).toMatchObject({
      reachable: 'no',
      breadth: 'private',
      sources: source,
    });
    expect(ask({ ...own, ...rules({ source: from('::/0') }) }, '2a05:d018:1:101::10').breadth).toBe('internet');
  });

  it('ignore bits behind a prefix as EC2 does, and do not guess at a source that is no network', () => {
    expect(ask(rules({ source: from('8.8.8.8/8') }))).toMatchObject({ breadth: 'wide', sources: '8.0.0.0/8' });
    expect(ask(rules({ source: { kind: 'ipv4', cidr: '8.8.8/8' } }))).toMatchObject({ reachable: 'unknown' });
  });

  it('are added up when there are 1,000 rules in a group', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ source: from(`8.${i >> 8}.${i & 255}.0/24`) }));
    const answer = ask(rules(...many));
    expect(answer.admittedBy).toHaveLength(1_000);
    expect(answer).toMatchObject({
      breadth: 'range',
      sources: '8.0.0.0/15,8.2.0.0/16,8.3.0.0/17,8.3.128.0/18,8.3.192.0/19,8.3.224.0/21',
    });
  });
});
