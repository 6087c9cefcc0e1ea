import { beforeEach, describe, expect, it } from 'vitest';
import { type Admission, alertGroupOf, type Finding } from '../../../core/findings/finding.ts';
import { ADDRESS, StageWorld } from '../../support/stages/world.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';

let world: StageWorld;

beforeEach(async () => {
  world = new StageWorld();
  await world.stores.assets.putAll(world.watched);
});

const told = async (port: number) => (await world.findingAt(port))?.untold.map(({ kind }) => kind);

describe('the first look', () => {
  it('records everything, asks for an alert of what is high-risk only, and prepares it first', async () => {
    expect(await world.ingest([world.sweep([443, 6379])])).toEqual([{ ok: true }]);
    expect(await told(6379)).toEqual(['found']);
    expect(await told(443)).toEqual([]);
    const finding = await world.findingAt(6379);
    expect(world.alertRequests).toEqual([{ group: alertGroupOf(finding!), delaySeconds: 1 }]);
    expect(world.prepared).toEqual([finding!.id]);
    expect((await world.stores.changes.list({ limit: 10 })).map(({ kind }) => kind)).toEqual([
      'first-seen',
      'first-seen',
    ]);
    expect((await world.stores.fingerprints.getMany([ADDRESS])).get(ADDRESS)?.open).toBe('443,6379');
  });
});

describe('later looks', () => {
  beforeEach(async () => {
    await world.ingest([world.sweep([443])]);
    world.alertRequests.length = 0;
  });

  it('an opening of any class is told', async () => {
    await world.ingest([world.sweep([443, 80])]);
    expect(await told(80)).toEqual(['opened']);
    expect(world.alertRequests).toHaveLength(1);
  });

  it('one refusal asks for a confirmation at once, and closes nothing', async () => {
    await world.ingest([world.sweep([])]);
    expect((await world.findingAt(443))?.status).toBe('open');
    expect(world.sent.map(({ shard, delaySeconds }) => [shard.purpose, shard.ports, delaySeconds])).toEqual([
      ['confirm', '443', 0],
    ]);
  });

  it('a failed or partial result closes nothing, even twice', async () => {
    for (const status of ['failed', 'partial', 'failed', 'partial'] as const)
      await world.ingest([world.sweep([], { status })]);
    expect((await world.findingAt(443))?.status).toBe('open');
    expect(world.sent).toEqual([]);
  });

  it('a second refusal closes, and is told only when the opening was', async () => {
    await world.ingest([world.sweep([443, 6379])]);
    await world.ingest([world.sweep([]), world.sweep([])]);
    expect((await world.findingAt(443))?.status).toBe('closed');
    expect(await told(443)).toEqual([]);
    expect(await told(6379)).toEqual(['opened', 'resolved']);
  });

  it('silence behind a rule that somebody wrote leaves the finding open, and its rule going meanwhile ends it', async () => {
    const rule: Admission = { ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' };
    let reads = 0;
    let goesAt = Infinity;
    world.ports.firewall.admissions = async () => ((reads += 1) > goesAt ? [] : [rule]);
    await world.ingest([world.sweep([443, 6379])]);
    await world.ingest([world.sweep([443]), world.sweep([443])]);
    expect(await world.findingAt(6379)).toMatchObject({ status: 'open', verdict: 'latent' });
    expect(await told(6379)).toEqual(['opened']);

    // Judged with the rule; it is gone at the second look, when whoever took note of that may have looked already.
    goesAt = reads + 1;
    await world.ingest([world.sweep([]), world.sweep([])]);
    expect(await world.findingAt(443)).toMatchObject({ status: 'closed', verdict: 'clean', admittedBy: [] });
    expect((await world.findingAt(6379))?.status).toBe('open');
  });

  it('what gets a plan is marked as waiting for it when it is stored, and another alert meanwhile leaves it out', async () => {
    world.awaitsPlan = ({ port }) => port === 6379;
    const seen: (true | undefined)[] = [];
    const prepare = async ({ port, untold }: Finding) => {
      if (port !== 6379) return;
      seen.push(...untold.map(({ awaitsPlan }) => awaitsPlan));
      await world.announce(alertGroupOf((await world.findingAt(6379))!));
    };
    await world.ingest([world.sweep([443, 6379])], { prepare });
    expect(seen).toEqual([true]);
    expect(world.alerts.flatMap(({ items }) => items.map(({ port }) => port))).not.toContain(6379);
    expect(await told(6379)).toEqual(['opened']);
  });

  it('an unchanged result writes no fingerprint', async () => {
    const before = (await world.stores.fingerprints.getMany([ADDRESS])).get(ADDRESS)?.version;
    await world.ingest([world.sweep([443])]);
    expect((await world.stores.fingerprints.getMany([ADDRESS])).get(ADDRESS)?.version).toBe(before);
  });

  it('what the whitelist permits is recorded and not told', async () => {
    await world.stores.whitelist.save(
      aWhitelistEntry({ version: 0, target: ADDRESS, ports: '6379', expiresAt: '2026-04-01T00:00:00.000Z' }),
    );
    await world.ingest([world.sweep([443, 6379])]);
    expect(await world.findingAt(6379)).toMatchObject({ status: 'whitelisted', untold: [] });
    expect(world.alertRequests).toEqual([]);
  });

  it('an address that is no longer ours is not judged', async () => {
    await world.stores.assets.removeAll([ADDRESS]);
    await world.ingest([world.sweep([443, 6379])]);
    expect(await world.findingAt(6379)).toBeUndefined();
    expect(world.warnings).toEqual(['a change at an address that is no longer ours is not judged']);
  });
});

describe('when something fails', () => {
  it('an unreadable whitelist fails the result: nobody is told on half the facts, and the retry tells', async () => {
    const result = world.sweep([6379]);
    const broken = { ...world.stores.whitelist, list: () => Promise.reject(new Error('store down')) };
    expect(await world.ingest([result], { whitelist: broken })).toMatchObject([{ ok: false }]);
    expect(await world.findingAt(6379)).toBeUndefined();
    expect(world.alertRequests).toEqual([]);
    expect(await world.ingest([result])).toEqual([{ ok: true }]);
    expect(await told(6379)).toEqual(['found']);
  });

  it('a crash before the fingerprint was written: the redelivered result writes the same rows, told once', async () => {
    const result = world.sweep([6379]);
    const broken = {
      getMany: world.stores.fingerprints.getMany.bind(world.stores.fingerprints),
      list: world.stores.fingerprints.list.bind(world.stores.fingerprints),
      save: () => Promise.reject(new Error('killed')),
    };
    expect(await world.ingest([result], { fingerprints: broken })).toMatchObject([{ ok: false }]);
    expect(await told(6379)).toEqual(['found']);
    expect(await world.ingest([result])).toEqual([{ ok: true }]);
    expect(await world.stores.changes.list({ limit: 10 })).toHaveLength(1);
    expect(await world.findingAt(6379)).toMatchObject({ occurrence: 1, untold: [{ kind: 'found' }] });
    expect(world.alertRequests).toHaveLength(1);
  });

  it('a crash before the alert was asked for: the redelivered result changes nothing, the mark stays', async () => {
    const result = world.sweep([6379]);
    const dead = { send: () => Promise.reject(new Error('queue down')) };
    expect(await world.ingest([result], { alerts: dead })).toMatchObject([{ ok: false }]);
    expect(await told(6379)).toEqual(['found']);
  });

  it('the address of one result that fails does not take the others of the batch with it', async () => {
    const other = '192.0.2.4';
    await world.stores.assets.putAll([{ ...world.watched[0]!, address: other }]);
    const bad = world.sweep([6379]);
    const good = world.sweep([6379]);
    good.results[0] = { ...good.results[0]!, address: other };
    const findings = {
      get: world.stores.findings.get.bind(world.stores.findings),
      save: (finding: { address: string }) =>
        finding.address === ADDRESS
          ? Promise.reject(new Error('no'))
          : world.stores.findings.save(finding as Parameters<typeof world.stores.findings.save>[0]),
    };
    expect(await world.ingest([bad, good], { findings })).toMatchObject([{ ok: false }, { ok: true }]);
  });

  it('two writers of one address: the loser reads again, and both results count', async () => {
    await world.ingest([world.sweep([])]);
    const [first, second] = [world.sweep([6379]), world.sweep([6379, 8080])];
    const outcomes = await Promise.all([world.ingest([first]), world.ingest([second])]);
    expect(outcomes.flat()).toEqual([{ ok: true }, { ok: true }]);
    expect((await world.stores.fingerprints.getMany([ADDRESS])).get(ADDRESS)?.open).toBe('6379,8080');
    expect((await world.findingAt(6379))?.occurrence).toBe(1);
  });
});

describe('runs', () => {
  it('end when every shard has come back, counted once each', async () => {
    const run = { ...(await aRun(2)), id: 'r-0000000000000001' };
    await world.stores.runs.create(run);
    const first = world.sweep([], { shardId: 's-1' });
    await world.ingest([first]);
    await world.ingest([first]);
    expect((await world.stores.runs.get(run.id))?.finishedAt).toBeNull();
    await world.ingest([world.sweep([], { shardId: 's-2', status: 'failed' })]);
    expect(await world.stores.runs.get(run.id)).toMatchObject({ complete: 1, incomplete: 1 });
    expect((await world.stores.runs.get(run.id))?.finishedAt).not.toBeNull();
  });

  it('keep how they were scanned, and say once, at their end, that openings may have been missed', async () => {
    const run = { ...(await aRun(2)), id: 'r-0000000000000001' };
    await world.stores.runs.create(run);
    const estimate = { loss: 0.1, missedOpen: 0.4, receiveDrops: 0, probes: 1_000 };
    await world.ingest([{ ...world.sweep([], { shardId: 's-1' }), engine: 'syn', whyNotBetter: null, estimate }]);
    expect(world.warnings).toEqual([]);
    const last = { ...world.sweep([], { shardId: 's-2' }), engine: 'connect', whyNotBetter: 'CAP_NET_RAW is missing' };
    await world.ingest([{ ...last, estimate }]);
    await world.ingest([{ ...last, estimate }]);
    expect(await world.stores.runs.get(run.id)).toMatchObject({
      engines: { syn: 1, connect: 1 },
      whyNotBetter: ['CAP_NET_RAW is missing'],
      estimate: { loss: 0.1, missedOpen: 0.8, receiveDrops: 0, probes: 2_000 },
    });
    expect(world.warnings).toEqual(['a run may have missed open ports']);
  });

  it('keep how many pairs were at addresses that nobody has, once for each shard', async () => {
    const run = { ...(await aRun(2)), id: 'r-0000000000000001' };
    await world.stores.runs.create(run);
    const first = { ...world.sweep([], { shardId: 's-1' }), vacant: 30 };
    await world.ingest([first]);
    await world.ingest([first]);
    await world.ingest([world.sweep([], { shardId: 's-2' })]);
    expect(await world.stores.runs.get(run.id)).toMatchObject({ complete: 2, vacant: 30, unknown: 0 });
  });

  it('hand the evidence of a verification to who asked for it', async () => {
    const result = world.sweep([]);
    await world.ingest([{ ...result, shard: { ...result.shard, purpose: 'verify', planId: 'p-1' } }]);
    expect(world.verified).toEqual([result.shard.shardId]);
  });
});

async function aRun(shards: number) {
  const { aTaskRun } = await import('../../builders/task-run.ts');
  return aTaskRun({ shards, finishedAt: null, complete: 0, incomplete: 0 });
}
