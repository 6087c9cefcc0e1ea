import { beforeEach, describe, expect, it } from 'vitest';
import { alertGroupOf } from '../../../core/findings/finding.ts';
import { aFinding } from '../../builders/finding.ts';
import { StageWorld } from '../../support/stages/world.ts';

const MARK = { kind: 'opened' as const, occurrence: 1, at: '2026-03-01T08:59:00.000Z', note: null };
const FINDING = aFinding({ version: 0, alertedAt: null, untold: [MARK] });
const GROUP = alertGroupOf(FINDING);

let world: StageWorld;

beforeEach(() => {
  world = new StageWorld();
});

describe('announcing a group', () => {
  it('tells everything untold of it in one alert, once', async () => {
    await world.stores.findings.save(FINDING);
    await world.stores.findings.save(aFinding({ version: 0, port: 22, alertedAt: null, untold: [MARK] }));
    await world.announce(GROUP);
    await world.announce(GROUP);
    expect(world.alerts.map((alert) => alert.items.map(({ port }) => port).toSorted((a, b) => a - b))).toEqual([
      [22, 6379],
    ]);
    expect(await world.findingAt(6379)).toMatchObject({ untold: [], alertedAt: world.now });
  });

  it('leaves what waits for its plan to the request that comes with the plan, and no longer than a minute', async () => {
    const waiting = { ...MARK, at: '2026-03-01T08:59:55.000Z', awaitsPlan: true as const };
    await world.stores.findings.save(aFinding({ version: 0, alertedAt: null, untold: [waiting] }));
    await world.stores.findings.save(aFinding({ version: 0, port: 8080, alertedAt: null, untold: [MARK] }));
    await world.announce(GROUP);
    expect(world.alerts.map((alert) => alert.items.map(({ port }) => port))).toEqual([[8080]]);
    world.later(54_000);
    await world.announce(GROUP);
    expect(world.alerts).toHaveLength(1);
    world.later(1_000);
    await world.announce(GROUP);
    expect(world.alerts.at(-1)?.items.map(({ port }) => port)).toEqual([6379]);
  });

  it('leaves other groups alone', async () => {
    await world.stores.findings.save(aFinding({ version: 0, address: '192.0.2.99', untold: [MARK] }));
    await world.announce(GROUP);
    expect(world.alerts).toEqual([]);
  });

  it('that could not be published keeps its marks, and the next try is the same alert', async () => {
    await world.stores.findings.save(FINDING);
    world.beforePublish = () => Promise.reject(new Error('topic gone'));
    await expect(world.announce(GROUP)).rejects.toThrow('topic gone');
    expect((await world.findingAt(6379))?.untold).toEqual([MARK]);
    const ids: string[] = [];
    world.beforePublish = async () => undefined;
    for (let crash = 0; crash < 2; crash += 1) {
      const killed = {
        ...world.stores.findings,
        get: () => Promise.reject(new Error('killed')),
        listUntold: world.stores.findings.listUntold.bind(world.stores.findings),
      };
      await expect(world.announce(GROUP, { findings: killed })).rejects.toThrow('killed');
      ids.push(world.alerts.at(-1)!.id);
    }
    expect(new Set(ids).size).toBe(1);
  });

  it('keeps what became untold while it was publishing', async () => {
    const stored = await world.stores.findings.save(FINDING);
    const later = { ...MARK, kind: 'resolved' as const, at: '2026-03-01T08:59:30.000Z' };
    world.beforePublish = async () => void (await world.stores.findings.save({ ...stored, untold: [MARK, later] }));
    await world.announce(GROUP);
    expect((await world.findingAt(6379))?.untold).toEqual([later]);
  });

  it('is for one worker at a time: the other tries the message again', async () => {
    await world.stores.findings.save(FINDING);
    await world.stores.locks.acquire(`alert:${GROUP}`, 'other', world.now, '2026-03-01T09:00:05.000Z');
    await expect(world.announce(GROUP)).rejects.toThrow('another worker');
    world.later(5_000);
    await world.announce(GROUP);
    expect(world.alerts).toHaveLength(1);
  });

  it('a closure alone does not count as having told of the opening', async () => {
    await world.stores.findings.save(
      aFinding({ version: 0, alertedAt: null, untold: [{ ...MARK, kind: 'resolved' }] }),
    );
    await world.announce(GROUP);
    expect((await world.findingAt(6379))?.alertedAt).toBeNull();
  });
});
