import { beforeEach, describe, expect, it } from 'vitest';
import { anAsset } from '../../builders/asset.ts';
import { makeFirewallEvents } from '../../../core/stages/firewall-event.ts';
import { aFirewallEvent } from '../../builders/firewall-event.ts';
import { aGroup, aRule } from '../../builders/cloud-network.ts';
import { CloudWorld, eni, PUBLIC } from '../../support/stages/cloud-world.ts';

let world: CloudWorld;

beforeEach(async () => {
  world = new CloudWorld();
  world.rules();
  await world.inventory();
  world.calls.length = 0;
  world.logged.length = 0;
});

const event = aFirewallEvent;
describe('what is read', () => {
  it('is what bears on the address, when the group is known to be there only', async () => {
    world.rules({});
    await world.events([event()]);
    expect(world.calls).toEqual([`around ${PUBLIC}`]);
  });

  it('is also what joined the group since', async () => {
    world.change({ interfaces: [eni(1), eni(2)] });
    world.rules({});
    await world.events([event()]);
    expect(world.calls).toEqual([`around ${PUBLIC}`, 'around 52.95.110.2']);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`, '52.95.110.2:22!']);
  });

  it('is everything, when too many joined', async () => {
    world.change({ interfaces: [1, 2, 3, 4, 5].map((n) => eni(n)) });
    world.rules({});
    await world.events([event()]);
    expect(world.calls.at(-1)).toBe('all 111122223333');
    expect(world.probed()).toHaveLength(5);
  });

  it('is everything, when the group was on an interface that has left it for another', async () => {
    world.change({ interfaces: [eni(1, { groupIds: ['sg-2'] }), eni(2)], groups: [aGroup({ id: 'sg-2', rules: [] })] });
    world.rules({});
    await world.events([event()]);
    expect(world.calls).toEqual([`around ${PUBLIC}`, 'all 111122223333']);
    expect(world.probed()).toEqual(['52.95.110.2:22!']);
  });

  it('is the last read of everything again, for a change that it began well after', async () => {
    const take = makeFirewallEvents(world.cloudPorts());
    const all = (eventId: string, at: string) => event({ eventId, at, touched: { everything: true } });
    world.later(10_000);
    await take([all('e-1', '2026-03-01T09:00:09.000Z')]);
    await take([all('e-2', '2026-03-01T09:00:05.000Z')]);
    expect(world.calls).toHaveLength(1);
    world.rules({});
    await take([all('e-3', '2026-03-01T09:00:05.001Z')]);
    expect(world.calls).toHaveLength(2);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });

  it('is never an older one that has an address nobody knows: it may have been released since', async () => {
    world.change({ interfaces: [eni(1), eni(2)] });
    const take = makeFirewallEvents(world.cloudPorts());
    const all = (eventId: string) => event({ eventId, at: '2026-03-01T09:00:00.000Z', touched: { everything: true } });
    world.later(10_000);
    await take([all('e-1')]);
    world.change({ interfaces: [eni(1)] });
    world.later(1_000);
    await take([event({ eventId: 'e-2', at: world.now, touched: { addresses: ['52.95.110.2'] } })]);
    await take([all('e-3')]);
    expect(await world.stores.admitted.get('52.95.110.2')).toBeUndefined();
    expect(await world.stores.assets.get('52.95.110.2')).toBeUndefined();
  });

  it.each([
    ['a group nobody is known to have', { groupIds: ['sg-9'] }],
    ['routes', { routeTableIds: ['rtb-1'] }],
    ['an access list', { aclIds: ['acl-1'] }],
    ['a prefix list', { prefixListIds: ['pl-1'] }],
    ['an instance', { instanceIds: ['i-1'] }],
    ['everything', { everything: true }],
  ])('is everything after a change of %s', async (_, touched) => {
    await world.events([event({ touched })]);
    expect(world.calls).toEqual(['all 111122223333']);
  });
});

describe('a change of something else than rules', () => {
  const opened = { fromPort: 22, toPort: 22 };

  it.each([
    [
      'a group that is attached',
      { interfaceIds: ['eni-1'] },
      () => world.change({ interfaces: [eni(1, { groupIds: ['sg-2'] })] }),
    ],
    [
      'a prefix list that grows',
      { prefixListIds: ['pl-1'] },
      () =>
        world.change({
          prefixLists: [
            {
              id: 'pl-1',
              name: 'x',
              family: 'v4',
              ownerId: '111122223333',
              maxEntries: 10,
              entries: [{ cidr: '0.0.0.0/0', description: null }],
            },
          ],
        }),
    ],
    [
      'a route that is added',
      { routeTableIds: ['rtb-1'] },
      () =>
        world.change({
          routeTables: [
            {
              id: 'rtb-1',
              vpcId: 'vpc-1',
              isMain: true,
              subnetIds: [],
              routes: [{ destination: '0.0.0.0/0', target: 'igw-1', active: true }],
            },
          ],
        }),
    ],
  ])('opens too: %s', async (_, touched, open) => {
    world.change({
      interfaces: [eni(1)],
      groups: [
        aGroup({ rules: [] }),
        aGroup({ id: 'sg-2', rules: [aRule({ id: 'sgr-2', groupId: 'sg-2', ...opened })] }),
      ],
    });
    if ('prefixListIds' in touched) {
      world.rules({ ...opened, source: { kind: 'prefix-list', id: 'pl-1' } });
      world.change({
        prefixLists: [{ id: 'pl-1', name: 'x', family: 'v4', ownerId: '111122223333', maxEntries: 10, entries: [] }],
      });
    }
    if ('routeTableIds' in touched) {
      world.rules(opened);
      world.change({ routeTables: [{ id: 'rtb-1', vpcId: 'vpc-1', isMain: true, subnetIds: [], routes: [] }] });
    }
    await world.inventory();
    world.probed();
    world.later(1_000);
    open();
    await world.events([event({ touched, opened: [] })]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });
});

describe('an address that moves to another machine', () => {
  it('has everything probed that is let in there, also what was let in before', async () => {
    world.rules({ fromPort: 22, toPort: 23 });
    await world.events([event()]);
    world.probed();
    world.later(1_000);
    world.change({ interfaces: [{ ...eni(1), id: 'eni-2', instanceId: 'i-1' }] });
    await world.events([event({ eventId: 'e-2', touched: { addresses: [PUBLIC] }, opened: [] })]);
    expect(world.probed()).toEqual([`${PUBLIC}:22-23!`]);
    expect(await world.stores.assets.get(PUBLIC)).toMatchObject({ networkInterface: 'eni-2' });
  });

  it('keeps its asset when somebody configured it', async () => {
    const configured = anAsset({ address: PUBLIC, source: 'config' });
    await world.stores.assets.putAll([configured]);
    world.rules({});
    await world.events([event()]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
    expect(await world.stores.assets.get(PUBLIC)).toEqual(configured);
  });
});
