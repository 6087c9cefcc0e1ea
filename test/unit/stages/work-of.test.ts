import { beforeEach, describe, expect, it } from 'vitest';
import { scheduleOf, TASKS } from '../../../core/planning/catalogue.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { parsePorts } from '../../../core/net/ports-spec.ts';
import { hours } from '../../../core/time.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';

const [ONLINE, OFFLINE, OTHER] = [ADDRESS, '192.0.2.4', '192.0.2.200'];
const LONG_AGO = '2026-02-20T09:00:00.000Z';
const HIGH_RISK = parsePorts('high-risk');

let world: StageWorld;

beforeEach(async () => {
  world = new StageWorld();
  world.watched = [ONLINE, OFFLINE].map((address) => anAsset({ address }));
  await world.stores.fingerprints.save(aFingerprint({ version: 0, address: OFFLINE, open: '', aliveAt: LONG_AGO }));
});

/** What the task probes at the address. */
async function probed(task: string, address: string): Promise<string> {
  world.sent.length = 0;
  world.later(1_000);
  await world.dispatch(task);
  await Promise.all(world.sent.map(({ shard }) => world.stores.runs.finish(shard.runId, world.now)));
  return world.sent
    .filter(({ shard }) => shard.addresses.includes(address))
    .reduce(
      (set, { shard }) => set.union(PortSet.parse(shard.ports).subtract(PortSet.parse(shard.excluded[address] ?? ''))),
      PortSet.EMPTY,
    )
    .toString();
}

const admit = (address: string, ports: string) =>
  world.stores.admitted.save(
    anAdmitted({ version: 0, address, pairs: [{ protocol: 'tcp', ports, breadth: 'internet' }] }),
  );

describe('task 9', () => {
  it('probes what rules let in at what is watched, and of a rule for everything the high-risk ports', async () => {
    world.watched = [...world.watched, anAsset({ address: '192.0.2.5' })];
    await world.stores.fingerprints.save(aFingerprint({ version: 0, address: '192.0.2.5', open: '', aliveAt: null }));
    await admit(OFFLINE, '22');
    await admit('192.0.2.5', '1-65535');
    await admit(OTHER, '22');
    expect(await probed('9', OFFLINE)).toBe('22');
    expect(await probed('9', '192.0.2.5')).toBe(HIGH_RISK.toString());
    expect(await probed('9', OTHER)).toBe('');
    expect(world.sent.some(({ backstop }) => backstop)).toBe(false);
  });

  it('leaves open and high-risk ports of an address that answers to the rows that probe them as often', async () => {
    await world.stores.fingerprints.save(aFingerprint({ version: 0, address: ONLINE, open: '40000' }));
    await admit(ONLINE, '22,40000,40001');
    await admit(OFFLINE, '22,40001');
    expect(await probed('9', ONLINE)).toBe('40001');
    expect(await probed('9', OFFLINE)).toBe('22,40001');
    // Nothing is lost by it.
    for (const [task, port] of [
      ['2', 22],
      ['4', 40_000],
    ] as const) {
      expect(PortSet.parse(await probed(task, ONLINE)).has(port)).toBe(true);
    }
  });

  it('repeats as often as those rows, whatever the cadence', () => {
    for (const cadenceMs of [10_000, hours(24)]) {
      const every = TASKS.filter(({ id }) => ['2', '4', '9'].includes(id)).map(
        (row) => scheduleOf(row, { cadenceMs }).everyMs,
      );
      expect(every).toEqual([cadenceMs, cadenceMs, cadenceMs]);
    }
  });
});

describe('task 8, the weekly back-stop', () => {
  const run = (over: object) =>
    world.stores.runs.create(aTaskRun({ id: `r-${JSON.stringify(over)}`, shards: 1_000, probes: 1_000_000, ...over }));
  const swept = () => world.stores.fingerprints.save(aFingerprint({ version: 0, address: ONLINE }));
  const done = { taskId: '1', startedAt: '2026-02-27T09:00:00.000Z', finishedAt: '2026-02-27T13:00:00.000Z' };

  it('sweeps everything when no other row has', async () => {
    await swept();
    expect([await probed('8', ONLINE), await probed('8', OFFLINE)]).toEqual(['1-65535', '1-65535']);
  });

  it('leaves what answers to the daily sweep and what does not to the weekly one, when those went well', async () => {
    await swept();
    await run({ ...done, complete: 990, incomplete: 10 });
    expect([await probed('8', ONLINE), await probed('8', OFFLINE)]).toEqual(['', '1-65535']);
    await run({ ...done, taskId: '7', complete: 1_000 });
    expect(await probed('8', OFFLINE)).toBe('');
  });

  it.each([
    ['was longer than a week ago', { startedAt: '2026-02-22T09:00:00.000Z', complete: 1_000 }],
    ['ended badly in more than one of a hundred shards', { complete: 989, incomplete: 11 }],
    ['was ended before its shards', { complete: 980 }],
  ])('does not rely on a sweep that %s', async (_, over) => {
    await swept();
    await run({ ...done, ...over });
    expect(await probed('8', ONLINE)).toBe('1-65535');
  });

  it('does not start beside a daily sweep that is still under way, however long it takes', async () => {
    await swept();
    // 13 days at most: more than eight times its own time.
    await run({
      taskId: '1',
      startedAt: '2026-02-20T09:00:00.000Z',
      probes: 6_553_500_000,
      complete: 500,
    });
    world.settings = { ...world.settings, rate: 5_000 };
    expect(await probed('8', ONLINE)).toBe('');
  });

  it('sweeps an address that nobody has swept whole yet, and one whose sweep never ends well', async () => {
    await run({ ...done, complete: 1_000 });
    expect(await probed('8', ONLINE)).toBe('1-65535');
    await world.stores.fingerprints.save(
      aFingerprint({ version: 0, address: ONLINE, observed: [{ ports: '1-65534', at: '2026-03-01T08:00:00.000Z' }] }),
    );
    expect(await probed('8', ONLINE)).toBe('1-65535');
  });

  it('does not wait for ports that are excluded and so never observed', async () => {
    await run({ ...done, complete: 1_000 });
    world.settings = { ...world.settings, exclude: [`${ONLINE}:9100`] };
    await world.stores.fingerprints.save(
      aFingerprint({
        version: 0,
        address: ONLINE,
        observed: [{ ports: '1-9099,9101-65535', at: '2026-03-01T08:00:00.000Z' }],
      }),
    );
    expect(await probed('8', ONLINE)).toBe('');
  });
});
