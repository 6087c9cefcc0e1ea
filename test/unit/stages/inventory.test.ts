import { beforeEach, describe, expect, it } from 'vitest';
import { AccessDenied } from '../../../core/errors.ts';
import { aFirewallEvent } from '../../builders/firewall-event.ts';
import { CloudWorld, eni, PUBLIC } from '../../support/stages/cloud-world.ts';

let world: CloudWorld;
const OTHER = { account: '999900001111', region: 'eu-west-1' };

beforeEach(() => {
  world = new CloudWorld();
});

const later = (ms = 900_000) => {
  world.later(ms);
  world.sent.length = 0;
  world.calls.length = 0;
  world.logged.length = 0;
};

describe('the inventory', () => {
  it('of a place that was never read records what is admitted and probes nothing for it', async () => {
    await world.inventory();
    expect(world.probed()).toEqual([]);
    expect(await world.stores.admitted.get(PUBLIC)).toMatchObject({
      pairs: [{ protocol: 'tcp', ports: '22', breadth: 'internet' }],
      groupIds: ['sg-1'],
      interfaceId: 'eni-1',
      gain: null,
    });
    expect((await world.stores.assets.list()).map(({ address, source }) => [address, source])).toEqual([
      [PUBLIC, 'inventory'],
    ]);
    expect(world.logged.map(({ message }) => message)).toEqual(['what rules let in is recorded for the first time']);
  });

  it('reads each place once', async () => {
    await world.inventory();
    expect(world.calls).toEqual(['all 111122223333']);
  });

  it('makes a lost event a late one: probed now, said to be late, told', async () => {
    await world.inventory();
    later();
    world.rules({ fromPort: 22, toPort: 23 });
    await world.inventory();
    expect(world.sent.map(({ shard }) => shard.cause)).toEqual([
      {
        eventId: null,
        at: '2026-03-01T09:15:00.000Z',
        receivedAt: '2026-03-01T09:15:00.000Z',
        evaluatedAt: '2026-03-01T09:15:00.000Z',
        late: true,
        firstAt: '2026-03-01T09:15:00.000Z',
        attempt: 0,
      },
    ]);
    expect(world.probed()).toEqual([`${PUBLIC}:23!`]);
    expect((await world.stores.admitted.get(PUBLIC))?.gain).toMatchObject({ late: true, eventId: null, ports: '23' });
    expect(world.logged.map(({ message }) => message)).toEqual([
      'rules let in more than before and no event told of it',
    ]);
    expect(world.latencies).toEqual([]);
  });

  it('finds nothing late when the event came, and the event nothing when it comes after', async () => {
    await world.inventory();
    later();
    world.rules({ fromPort: 22, toPort: 23 });
    await world.events([aFirewallEvent()]);
    expect(world.probed()).toEqual([`${PUBLIC}:23!`]);
    later();
    await world.inventory();
    await world.events([aFirewallEvent({ eventId: 'e-late' })]);
    expect(world.probed()).toEqual([]);
    expect(world.logged.filter(({ message }) => message.includes('no event'))).toEqual([]);
  });

  it('does not let one unreadable place stop another, removes nothing of it, and tells in the end', async () => {
    world.networks.push({ ...world.networks[0]!, ...OTHER, interfaces: [eni(9)] });
    const reader = { ...world.reader, places: [OTHER, ...world.reader.places] };
    await world.inventory({ reader });
    later();
    world.rules({ fromPort: 22, toPort: 23 });
    world.beforeRead = async ({ account }) => {
      if (account === OTHER.account) throw new AccessDenied('sts:AssumeRole on role portcullis-read is not permitted');
    };
    await expect(world.inventory({ reader })).rejects.toThrow(
      'account 999900001111 in eu-west-1 (sts:AssumeRole on role portcullis-read is not permitted)',
    );
    expect(world.probed()).toEqual([`${PUBLIC}:23!`]);
    expect((await world.stores.assets.list()).map(({ address }) => address)).toEqual([PUBLIC, '52.95.110.9']);
    expect((await world.stores.admitted.list()).map(({ address }) => address)).toEqual([PUBLIC, '52.95.110.9']);
  });

  it('forgets addresses that are no longer ours', async () => {
    world.change({ interfaces: [eni(1), eni(2)] });
    await world.inventory();
    later();
    world.change({ interfaces: [eni(2)] });
    await world.inventory();
    expect((await world.stores.assets.list()).map(({ address }) => address)).toEqual(['52.95.110.2']);
    expect((await world.stores.admitted.list()).map(({ address }) => address)).toEqual(['52.95.110.2']);
  });

  it('does not undo what an event found while it read', async () => {
    world.change({ interfaces: [eni(1), eni(3)] });
    await world.inventory();
    later();
    let added = false;
    world.beforeRead = async () => {
      if (added) return;
      added = true;
      world.later(1_000);
      world.change({ interfaces: [eni(1), eni(2)] });
      await world.events([aFirewallEvent({ touched: { everything: true } })]);
      // What the inventory reads is from before.
      world.change({ interfaces: [eni(1), eni(3)] });
    };
    await world.inventory();
    expect((await world.stores.assets.list()).map(({ address }) => address)).toEqual([PUBLIC, '52.95.110.2']);
    expect((await world.stores.admitted.list()).map(({ address }) => address)).toEqual([PUBLIC, '52.95.110.2']);
    expect(world.probed()).toEqual(['52.95.110.2:22!']);
  });

  it('writes nothing when nothing has changed', async () => {
    await world.inventory();
    later();
    await world.inventory();
    expect((await world.stores.admitted.get(PUBLIC))?.version).toBe(1);
  });

  it('does not mind an address that is never to be scanned', async () => {
    await world.inventory();
    later();
    world.settings = { ...world.settings, exclude: [PUBLIC] };
    world.rules({ fromPort: 22, toPort: 23 });
    await world.inventory();
    expect(world.probed()).toEqual([]);
    expect(await world.stores.assets.list()).toEqual([]);
  });

  it('forgets events that were dealt with a day ago', async () => {
    await world.stores.seenEvents.add(['e-1'], world.now);
    later(90_000_000);
    await world.inventory();
    expect(await world.stores.seenEvents.seen(['e-1'])).toEqual(new Set());
  });
});

describe('an address that moves between accounts', () => {
  it('is recorded where it is, whoever is read first, and not forgotten by where it was', async () => {
    world.networks.push({ ...world.networks[0]!, ...OTHER, interfaces: [] });
    const reader = { ...world.reader, places: [...world.reader.places, OTHER] };
    await world.inventory({ reader });
    later();
    world.networks[1] = { ...world.networks[1]!, interfaces: [eni(1)] };
    world.change({ interfaces: [] });
    await world.inventory({ reader });
    later();
    await world.inventory({ reader });
    expect(await world.stores.admitted.get(PUBLIC)).toMatchObject({ account: OTHER.account });
    expect(await world.stores.assets.get(PUBLIC)).toMatchObject({ account: OTHER.account });
  });
});
