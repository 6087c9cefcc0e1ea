import { describe, expect, it } from 'vitest';
import type { CloudNetwork, SecurityGroup } from '../../../../core/cloud/network.ts';
import { evaluateExposure } from '../../../../core/exposure/effective/evaluate.ts';
import type { Breadth } from '../../../../core/net/breadth.ts';
import { aCloudNetwork, aGroup, aPrefixList, aRule, anInterface, from } from '../../../builders/cloud-network.ts';

const V4 = '192.0.2.10';
const V6 = '2a05:d018:1:101::10';

const ask = (network: CloudNetwork, address = V4) => evaluateExposure(network, { address, protocol: 'tcp', port: 22 });

/** eni-1 with IPv4 and IPv6 and groups sg-1, sg-2 ... that have tcp 22 from these sources. */
function letting(groups: readonly (readonly string[])[], over: Partial<CloudNetwork> = {}): CloudNetwork {
  const made = groups.map((sources, g): SecurityGroup => {
    const id = `sg-${g + 1}`;
    return aGroup({
      id,
      rules: sources.map((source, r) => aRule({ id: `sgr-${g + 1}-${r + 1}`, groupId: id, source: from(source) })),
    });
  });
  return aCloudNetwork({
    interfaces: [anInterface({ groupIds: made.map(({ id }) => id), ipv6: [V6] })],
    groups: made,
    ...over,
  });
}

/*
 * Section 0 of research/anchors-exposure-remediation.md, as far as evaluation can show it. Findings 1, 3 and 7 are about how a rule is changed,
 * 8 about approval links, 10 about events.
 */
describe('ten findings about the tools that exist', () => {
  it('finding 2: a private source and a group that share ports with 0.0.0.0/0 are rules of their own, each with its own breadth', () => {
    const { admittedBy } = ask(letting([['0.0.0.0/0', '10.0.0.0/8', 'sg-9']]));
    expect(admittedBy).toEqual([
      { ruleId: 'sgr-1-1', source: '0.0.0.0/0', breadth: 'internet' },
      { ruleId: 'sgr-1-2', source: '10.0.0.0/8', breadth: 'private' },
      { ruleId: 'sgr-1-3', source: 'sg-9', breadth: 'group' },
    ]);
  });

  it.each<[string, (readonly string[])[], Breadth]>([
    ['0.0.0.0/0', [['0.0.0.0/0']], 'internet'],
    ['two halves in one group', [['0.0.0.0/1', '128.0.0.0/1']], 'internet'],
    ['two halves in two groups', [['0.0.0.0/1'], ['128.0.0.0/1']], 'internet'],
    ['one half', [['128.0.0.0/1']], 'wide'],
    ['a public /8', [['3.0.0.0/8']], 'wide'],
    ['a prefix list with both halves', [['pl-1']], 'internet'],
  ])('finding 4: public is not only /0: %s', (_, groups, breadth) => {
    const prefixLists = [aPrefixList(['0.0.0.0/1', '128.0.0.0/1'])];
    expect(ask(letting(groups, { prefixLists }))).toMatchObject({ reachable: 'yes', breadth });
  });

  it.each<[string, Breadth]>([
    ['8.8.8.8/32', 'single'],
    ['104.16.0.0/13', 'range'],
    ['8.0.0.0/8', 'wide'],
    ['0.0.0.0/0', 'internet'],
  ])('finding 5: the breadth of %s is said, %s, and policy decides', (source, breadth) => {
    expect(ask(letting([[source]])).breadth).toBe(breadth);
  });

  it('finding 6: ::/0 opens the IPv6 address and not the IPv4 one, 0.0.0.0/0 the other way round', () => {
    const six = letting([['::/0']]);
    expect(ask(six, V6)).toMatchObject({ reachable: 'yes', breadth: 'internet', sources: '::/0' });
    expect(ask(six, V4)).toMatchObject({ reachable: 'no', admittedBy: [] });
    const four = letting([['0.0.0.0/0']]);
    expect(ask(four, V6)).toMatchObject({ reachable: 'no', admittedBy: [] });
    expect(ask(four, V4)).toMatchObject({ reachable: 'yes', sources: '0.0.0.0/0' });
  });

  it('finding 6: two halves of IPv6 are all of it, and 2000::/3 is all that anybody has', () => {
    expect(ask(letting([['::/1'], ['8000::/1']]), V6).breadth).toBe('internet');
    expect(ask(letting([['2000::/3']]), V6).breadth).toBe('internet');
    expect(ask(letting([['2000::/4']]), V6).breadth).toBe('wide');
  });

  it.each<[string, Partial<CloudNetwork>, string]>([
    ['its access list', { acls: [] }, 'network-acl'],
    ['its route table', { routeTables: [] }, 'route'],
    ['its instance', { instances: [] }, 'instance'],
    ['one of its groups', { groups: [] }, 'security-groups'],
  ])('finding 9: what could not be read is neither open nor closed: %s', (_, missing, step) => {
    const { reachable, steps } = ask(letting([['0.0.0.0/0']], missing));
    expect(reachable).toBe('unknown');
    expect(steps.filter(({ verdict }) => verdict === 'unknown').map(({ name }) => name)).toEqual([step]);
  });

  it('finding 9: a prefix list that could not be read may let in anybody, and is said', () => {
    const { reachable, admittedBy, breadth, steps } = ask(letting([['pl-gone']]));
    expect(reachable).toBe('unknown');
    expect(admittedBy).toEqual([{ ruleId: 'sgr-1-1', source: 'pl-gone', breadth: 'internet' }]);
    expect(breadth).toBeNull();
    expect(steps.find(({ name }) => name === 'security-groups')?.why).toBe(
      'Could not be read, and may let tcp 22 in: pl-gone of sgr-1-1.',
    );
  });
});
