import { describe, expect, it } from 'vitest';
import type { CloudNetwork } from '../../../../core/cloud/network.ts';
import { runChange } from '../../../../core/remediation/run-change.ts';
import { aCloudNetwork, aGroup, anInterface, aRule } from '../../../builders/cloud-network.ts';
import { FakeCloud } from '../../../support/remediation/fake-cloud.ts';
import { ADDRESS, type World } from '../../../support/remediation/world.ts';
import { cloudWorld, PLACE } from '../../../support/remediation/cloud-world.ts';

const TAG = { 'exposure:never-touch': 'yes' };
const BEFORE = ['sg-1 tcp 6370-6390 0.0.0.0/0'];

function network(over: Partial<CloudNetwork> = {}): CloudNetwork {
  return aCloudNetwork({
    ...PLACE,
    interfaces: [anInterface({ ipv4: [{ private: '10.0.1.10', public: ADDRESS, primary: true }] })],
    groups: [aGroup({ rules: [aRule({ id: 'sgr-range', fromPort: 6370, toPort: 6390 })] })],
    ...over,
  });
}

const tagged: [name: string, tag: (cloud: FakeCloud) => void][] = [
  ['the rule', (cloud) => cloud.edit('sg-1', (rules) => rules.map((rule) => ({ ...rule, tags: TAG })))],
  ['the group', (cloud) => set(cloud, { groups: cloud.network.groups.map((group) => ({ ...group, tags: TAG })) })],
  [
    'the interface',
    (cloud) => set(cloud, { interfaces: cloud.network.interfaces.map((each) => ({ ...each, tags: TAG })) }),
  ],
];

function set(cloud: FakeCloud, over: Partial<CloudNetwork>): void {
  cloud.network = { ...cloud.network, ...over };
}

/** Killed after the first of the two calls that close the port. */
async function half(world: World, cloud: FakeCloud) {
  const request = await world.approve();
  cloud.after = () => {
    cloud.unreadable = new Error('killed');
  };
  await expect(runChange(world.ports, request)).rejects.toThrow('killed');
  cloud.after = () => undefined;
  cloud.unreadable = null;
  world.later(61_000);
  return request;
}

describe('the tag exposure:never-touch, set between the approval and the change', () => {
  it.each(tagged)('on %s: nothing is changed, and a person hears why', async (_, tag) => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.approve();
    tag(cloud);
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.applied).toEqual([]);
    expect(await world.notes()).toContain('has the tag exposure:never-touch');
  });

  it.each(tagged)('on %s, when a crash left the change half made: what was made is taken back', async (_, tag) => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await half(world, cloud);
    tag(cloud);
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(cloud.lines()).toEqual(BEFORE);
  });

  it.each([
    ['with the value false', { 'exposure:never-touch': 'False' }, []],
    ['on a rule that stays as it is', {}, [aRule({ id: 'sgr-web', fromPort: 443, toPort: 443, tags: TAG })]],
  ])('%s forbids nothing', async (_, tags, more) => {
    const cloud = new FakeCloud(network());
    set(cloud, {
      groups: [aGroup({ tags, rules: [aRule({ id: 'sgr-range', fromPort: 6370, toPort: 6390 }), ...more] })],
    });
    const world = await cloudWorld(cloud);
    expect((await runChange(world.ports, await world.approve())).kind).toBe('applied');
  });

  it('that cannot be read is waited for, and nothing is changed', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.approve();
    cloud.unreadable = new Error('throttled');
    await expect(runChange(world.ports, request)).rejects.toThrow('throttled');
    expect((await world.plan(request.planId)).state).toBe('proposed');
    cloud.unreadable = null;
    expect((await runChange(world.ports, request)).kind).toBe('applied');
  });

  it('is looked for no more on an interface that has lost the address: the change is refused', async () => {
    const cloud = new FakeCloud(network());
    const world = await cloudWorld(cloud);
    const request = await world.approve();
    set(cloud, { interfaces: [] });
    expect((await runChange(world.ports, request)).kind).toBe('refused');
    expect(await world.notes()).toContain('on no network interface');
    expect(cloud.applied).toEqual([]);
  });
});

describe('a plan that no policy may approve', () => {
  it.each<[string, Partial<CloudNetwork>, string]>([
    [
      'shares a group with another interface',
      {
        interfaces: [
          ...network().interfaces,
          anInterface({ id: 'eni-2', ipv4: [{ private: '10.0.1.11', public: null, primary: true }] }),
        ],
      },
      'sg-1 is shared with another network interface: the port is closed there as well.',
    ],
    [
      'splits a rule for every protocol',
      { groups: [aGroup({ rules: [aRule({ id: 'sgr-all', protocol: '-1', fromPort: null, toPort: null })] })] },
      'sgr-all lets in every protocol, and would be split.',
    ],
  ])('%s', async (_, over, said) => {
    const world = await cloudWorld(new FakeCloud(network(over)));
    const draft = await world.ports.firewall.draft(await world.finding(), { allProtocols: true });
    expect(draft.needsPerson).toBe(said);
  });

  it('does neither when the group is its own, whoever else has other groups', async () => {
    const cloud = new FakeCloud(
      network({
        interfaces: [
          ...network().interfaces,
          anInterface({
            id: 'eni-2',
            groupIds: ['sg-2'],
            ipv4: [{ private: '10.0.1.11', public: null, primary: true }],
          }),
        ],
        groups: [...network().groups, aGroup({ id: 'sg-2' })],
      }),
    );
    const world = await cloudWorld(cloud);
    expect((await world.propose()).plan.body.needsPerson).toBeNull();
  });
});
