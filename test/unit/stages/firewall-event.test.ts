import { beforeEach, describe, expect, it } from 'vitest';
import { AccessDenied } from '../../../core/errors.ts';
import type { AdmittedStore } from '../../../core/ports/admitted-store.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aFirewallEvent } from '../../builders/firewall-event.ts';
import { CloudWorld, eni, OUR_ROLE, PUBLIC } from '../../support/stages/cloud-world.ts';

let world: CloudWorld;

beforeEach(async () => {
  world = new CloudWorld();
  world.rules();
  await world.inventory();
  world.calls.length = 0;
  world.logged.length = 0;
});

const event = aFirewallEvent;
/** The world's store with another `save`. */
function admittedSaving(save: AdmittedStore['save']): AdmittedStore {
  const { admitted } = world.stores;
  return {
    get: (address) => admitted.get(address),
    getMany: (addresses) => admitted.getMany(addresses),
    list: () => admitted.list(),
    removeAll: (addresses) => admitted.removeAll(addresses),
    save,
  };
}

const admittedAt = async (address: string) => (await world.stores.admitted.get(address))?.pairs;

describe('a rule that lets a port in', () => {
  it('has exactly the gained ports probed at once, with the times of every step', async () => {
    world.rules({ fromPort: 22, toPort: 22 });
    world.later(2_000);
    await world.events([event({ at: world.now })]);
    world.probed();
    world.rules({ fromPort: 22, toPort: 23 }, { fromPort: 3306, toPort: 3306 });
    world.later(2_000);
    expect(await world.events([event({ eventId: 'e-2', at: '2026-03-01T09:00:03.000Z' })])).toEqual([{ ok: true }]);
    expect(world.sent.map(({ shard }) => [shard.taskId, shard.cause])).toEqual([
      [
        '10',
        {
          eventId: 'e-2',
          at: '2026-03-01T09:00:03.000Z',
          receivedAt: '2026-03-01T09:00:04.000Z',
          evaluatedAt: '2026-03-01T09:00:04.000Z',
          late: false,
          firstAt: '2026-03-01T09:00:04.000Z',
          attempt: 0,
        },
      ],
    ]);
    expect(world.probed()).toEqual([`${PUBLIC}:23,3306!`]);
    expect(world.latencies).toEqual([
      ['received', 0],
      ['evaluated', 0],
      ['received', 1_000],
      ['evaluated', 0],
    ]);
    const stored = await world.stores.admitted.get(PUBLIC);
    expect(stored?.pairs).toEqual([{ protocol: 'tcp', ports: '22-23,3306', breadth: 'internet' }]);
    expect(stored?.gain).toEqual({
      eventId: 'e-2',
      at: '2026-03-01T09:00:03.000Z',
      receivedAt: '2026-03-01T09:00:04.000Z',
      evaluatedAt: '2026-03-01T09:00:04.000Z',
      late: false,
      ports: '23,3306',
    });
  });

  it('is attributed to whoever did it, before anything is read', async () => {
    world.beforeRead = () => Promise.reject(new Error('throttled'));
    expect((await world.events([event()]))[0]?.ok).toBe(false);
    const history = (await world.stores.attributions.get(['sgr-1'])).get('sgr-1');
    expect(history).toMatchObject([
      { eventId: 'e-1', actor: 'arn:aws:sts::111122223333:assumed-role/admin/zoe', byUs: false, how: 'created' },
    ]);
  });

  it('that widens the source of an admitted port gains the port', async () => {
    world.rules({ source: { kind: 'ipv4', cidr: '8.8.8.8/32' } });
    await world.events([event()]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
    world.later(1_000);
    world.rules({ source: { kind: 'ipv4', cidr: '0.0.0.0/0' } });
    await world.events([event({ eventId: 'e-2' })]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
    world.later(1_000);
    await world.events([event({ eventId: 'e-3' })]);
    expect(world.probed()).toEqual([]);
  });

  it('over UDP is probed over UDP, at the ports of the UDP list, and is a gain of its own', async () => {
    world.rules({ protocol: 'udp', fromPort: 160, toPort: 170 });
    await world.events([event()]);
    expect(world.sent.map(({ shard, priority }) => [shard.protocol, shard.ports, priority, shard.taskId])).toEqual([
      ['udp', '161', true, '10'],
    ]);
    expect((await world.stores.admitted.get(PUBLIC))?.gain).toMatchObject({ ports: '', udpPorts: '160-170' });
  });

  it('for everything is probed at the high-risk ports at once, and for the rest behind the sweeps', async () => {
    world.rules({ protocol: '-1', fromPort: null, toPort: null });
    await world.events([event()]);
    const urgent = world.sent.filter(({ priority }) => priority);
    expect(urgent.map(({ shard }) => shard.protocol)).toEqual(['tcp', 'udp']);
    expect(urgent[0]?.shard.ports.split(',')).toContain('6379');
    expect(urgent[1]?.shard.ports.split(',')).toContain('161');
    const rest = world.sent.filter(({ priority }) => !priority);
    expect(rest.length).toBeGreaterThan(100);
    expect(rest.every(({ shard, backstop }) => shard.cause === undefined && backstop)).toBe(true);
    expect(rest.every(({ shard }) => shard.protocol === 'tcp')).toBe(true);
    const ids = world.sent.map(({ shard }) => shard.shardId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('never exceeds the configured ports and exclusions', async () => {
    world.settings = { ...world.settings, ports: '22,80', exclude: ['52.95.110.2', `${PUBLIC}:80`] };
    world.change({ interfaces: [eni(1), eni(2)] });
    world.rules({ fromPort: 20, toPort: 90 });
    await world.events([event()]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });

  it('is only recorded while the kill switch is on', async () => {
    world.killSwitch = async () => ({ on: true, reason: 'drill' });
    world.rules({});
    await world.events([event()]);
    expect(world.probed()).toEqual([]);
    expect(await admittedAt(PUBLIC)).toHaveLength(1);
  });

  it('is tried again when the kill switch cannot be read, and then probed', async () => {
    world.killSwitch = () => Promise.reject(new Error('EIO'));
    world.rules({});
    expect(await world.events([event()])).toMatchObject([{ ok: false }]);
    expect(await admittedAt(PUBLIC)).toEqual([]);
    world.killSwitch = async () => ({ on: false, reason: null });
    await world.events([event()]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });

  it('on a new machine makes it an asset before the first probe', async () => {
    world.change({ interfaces: [eni(1), eni(2)] });
    world.rules({});
    let assetThere = false;
    const send = world.ports.shards.send;
    await world.events([event({ touched: { instanceIds: ['i-1'] } })], {
      shards: {
        send: async (...args: Parameters<typeof send>) => {
          assetThere = (await world.stores.assets.get('52.95.110.2')) !== undefined;
          return send(...args);
        },
      },
    });
    expect(assetThere).toBe(true);
    expect(world.probed()).toContain(`52.95.110.2:22!`);
  });
});

describe('events that come twice, late or together', () => {
  it('of one group cost one read and one run', async () => {
    world.rules({ fromPort: 22, toPort: 23 });
    const events = [event({ eventId: 'e-1' }), event({ eventId: 'e-2' }), event({ eventId: 'e-1' })];
    expect(await world.events(events)).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
    expect(world.calls).toHaveLength(1);
    expect(world.probed()).toEqual([`${PUBLIC}:22-23!`]);
  });

  it('cost nothing when they were dealt with before', async () => {
    world.rules({});
    await world.events([event()]);
    world.probed();
    world.calls.length = 0;
    world.rules({}, { fromPort: 23, toPort: 23 });
    await world.events([event()]);
    expect([world.calls, world.probed()]).toEqual([[], []]);
  });

  it('that failed are not forgotten: the same event works later', async () => {
    world.rules({});
    world.beforeRead = () => Promise.reject(new AccessDenied('ec2:DescribeSecurityGroupRules is not permitted'));
    expect(await world.events([event()])).toEqual([{ ok: false, error: expect.any(AccessDenied) as unknown }]);
    world.beforeRead = async () => undefined;
    await world.events([event()]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });

  it('that crash between probing and recording probe again with the same shards', async () => {
    world.rules({});
    const admitted = admittedSaving(() => Promise.reject(new Error('crash')));
    expect(await world.events([event()], { admitted })).toMatchObject([{ ok: false }]);
    const first = world.sent.map(({ shard }) => shard.shardId);
    world.sent.length = 0;
    await world.events([event()]);
    expect(world.sent.map(({ shard }) => shard.shardId)).toEqual(first);
    expect(first).toHaveLength(1);
  });

  it('out of order leave the newest rules recorded and the newest opener first', async () => {
    world.rules({});
    world.later(5_000);
    await world.events([event({ eventId: 'e-2', at: '2026-03-01T09:00:04.000Z' })]);
    world.probed();
    const before = await world.stores.admitted.get(PUBLIC);
    // A read that began before the one that is recorded.
    world.rules();
    const past = '2026-03-01T09:00:01.000Z';
    await world.events([event({ eventId: 'e-1', at: '2026-03-01T09:00:00.000Z' })], {
      reader: {
        ...world.reader,
        readAround: async (place: Parameters<typeof world.reader.readAround>[0], address: string) => ({
          ...(await world.reader.readAround(place, address)),
          readAt: past,
        }),
      },
    });
    expect(await world.stores.admitted.get(PUBLIC)).toEqual(before);
    const history = (await world.stores.attributions.get(['sgr-1'])).get('sgr-1') ?? [];
    expect(history.map(({ eventId }) => eventId)).toEqual(['e-2', 'e-1']);
  });

  it('with another writer at the same address end with the newer read', async () => {
    world.rules({});
    let raced = false;
    const { admitted } = world.stores;
    const racing = admittedSaving(async (one) => {
      if (!raced) {
        raced = true;
        const now = (await admitted.get(one.address))!;
        await admitted.save({ ...now, at: '2026-03-01T08:00:00.000Z', interfaceId: 'eni-other' });
      }
      return admitted.save(one);
    });
    expect(await world.events([event()], { admitted: racing })).toEqual([{ ok: true }]);
    expect(await admitted.get(PUBLIC)).toMatchObject({ interfaceId: 'eni-1', version: 3 });
  });
});

describe('a rule that is taken away', () => {
  beforeEach(async () => {
    world.rules({ fromPort: 22, toPort: 25 });
    await world.events([event()]);
    world.probed();
    await world.stores.fingerprints.save(aFingerprint({ version: 0, address: PUBLIC, open: '22,80' }));
    world.later(10_000);
  });

  it('has its open ports looked at again soon, and no others', async () => {
    world.rules();
    await world.events([event({ eventId: 'e-2', name: 'RevokeSecurityGroupIngress', opened: [] })]);
    expect(world.sent.map(({ shard }) => shard.cause)).toEqual([undefined]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
    expect(await admittedAt(PUBLIC)).toEqual([]);
  });

  it('by ourselves is recorded as ours and starts nothing: its verification is on its way', async () => {
    world.rules();
    const actor = { arn: null, kind: 'AssumedRole', principalId: null, sessionIssuer: OUR_ROLE };
    const ours = event({ eventId: 'e-2', name: 'ModifySecurityGroupRules', actor });
    await world.events([ours]);
    expect(world.probed()).toEqual([]);
    expect(await admittedAt(PUBLIC)).toEqual([]);
    const history = (await world.stores.attributions.get(['sgr-1'])).get('sgr-1') ?? [];
    expect(history.map(({ byUs }) => byUs)).toContain(true);
  });

  it('by ourselves that nevertheless opens something is probed like any other', async () => {
    world.rules({ fromPort: 22, toPort: 26 });
    const actor = { arn: null, kind: 'AssumedRole', principalId: null, sessionIssuer: OUR_ROLE };
    await world.events([event({ eventId: 'e-2', actor })]);
    expect(world.probed()).toEqual([`${PUBLIC}:26!`]);
  });
});

describe('an event about something that is gone', () => {
  it('of a deleted group is normal', async () => {
    expect(await world.events([event({ touched: { groupIds: ['sg-9'] } })])).toEqual([{ ok: true }]);
    expect(world.probed()).toEqual([]);
  });

  it("of a released address forgets it and probes nothing: it may be a stranger's", async () => {
    world.rules({});
    await world.events([event()]);
    world.probed();
    await world.stores.fingerprints.save(aFingerprint({ version: 0, address: PUBLIC, open: '22' }));
    world.change({ interfaces: [] });
    world.later(1_000);
    await world.events([event({ eventId: 'e-2', touched: { addresses: [PUBLIC] }, opened: [] })]);
    expect(world.probed()).toEqual([]);
    expect(await world.stores.admitted.get(PUBLIC)).toBeUndefined();
  });

  it('forgets nothing that belongs to another account by now', async () => {
    const stored = (await world.stores.admitted.get(PUBLIC))!;
    await world.stores.admitted.save({ ...stored, account: '999900001111' });
    world.change({ interfaces: [] });
    await world.events([event({ touched: { addresses: [PUBLIC] }, opened: [] })]);
    expect(await world.stores.admitted.get(PUBLIC)).toMatchObject({ account: '999900001111' });
  });
});

describe('events of several accounts', () => {
  const elsewhere = { account: '999900001111', region: 'eu-west-1' };

  it('fail apart: one that cannot be read does not stop the other', async () => {
    world.networks.push({ ...world.networks[0]!, ...elsewhere, interfaces: [eni(9)] });
    world.rules({});
    world.beforeRead = async ({ account }) => {
      if (account === elsewhere.account) throw new AccessDenied('sts:AssumeRole is not permitted');
    };
    const reader = { ...world.reader, places: [...world.reader.places, elsewhere] };
    const ended = await world.events(
      [event({ eventId: 'e-2', place: elsewhere }), event(), event({ eventId: 'e-2', place: elsewhere })],
      { reader },
    );
    expect(ended.map(({ ok }) => ok)).toEqual([false, true, false]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });

  it('of one that is not watched are attributed, told and done', async () => {
    expect(await world.events([event({ place: elsewhere })])).toEqual([{ ok: true }]);
    expect(world.logged.map(({ message }) => message)).toEqual([
      'an event is from an account or a Region that is not watched: give it under aws in the configuration',
    ]);
    expect((await world.stores.attributions.get(['sgr-1'])).get('sgr-1')).toHaveLength(1);
    expect(world.calls).toEqual([]);
  });
});

describe('an event that nothing has to be done about', () => {
  it('is passed over with its reason', async () => {
    expect(await world.events([event({ ignored: 'only egress rules' })])).toEqual([{ ok: true }]);
    expect(world.logged).toEqual([
      {
        message: 'an event is passed over',
        fields: { event: 'e-1', name: 'AuthorizeSecurityGroupIngress', reason: 'only egress rules' },
      },
    ]);
    expect(world.calls).toEqual([]);
  });
});
