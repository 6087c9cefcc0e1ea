import { describe, expect, it } from 'vitest';
import type { TaskRunStore } from '../../../core/ports/stores.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { AWKWARD } from './samples.ts';

const RUN = 'r-0000000000000001';
const minute = (n: number) => `2026-03-01T09:${String(n).padStart(2, '0')}:00.000Z`;

export function describeTaskRunStore(name: string, make: () => Promise<TaskRunStore>): void {
  describe(`task run store ${name}`, () => {
    it('has no run that was not created', async () => {
      const store = await make();
      expect(await store.get('r-none')).toBeUndefined();
      expect(await store.get('')).toBeUndefined();
      expect(await store.get('r'.repeat(3_000))).toBeUndefined();
      expect(await store.list({ limit: 10 })).toEqual([]);
    });

    it('gives back a run as it was created, with and without shards', async () => {
      const store = await make();
      const scope = { targets: '', ports: '22,80' };
      const estimate = { loss: 0.25, missedOpen: 1.5, receiveDrops: 7, probes: 400 };
      const engines = { syn: 2, 'masscan 1.3.2': 1 };
      const scans = { engines, whyNotBetter: ['CAP_NET_RAW is missing'], estimate, unknown: 31 };
      const full = aTaskRun({ id: 'r-2', complete: 2, incomplete: 1, reasons: ['lag'], scope, ...scans });
      await store.create(aTaskRun());
      await store.create(full);
      expect(await store.get(RUN)).toEqual(aTaskRun());
      expect(await store.get('r-2')).toEqual(full);
    });

    it('leaves a run as it is when it is created again', async () => {
      const store = await make();
      await store.create(aTaskRun());
      await store.recordShard(RUN, 's-1', 'complete', null);
      await store.create(aTaskRun({ startedAt: minute(30), name: 'other' }));
      expect(await store.get(RUN)).toEqual(aTaskRun({ complete: 1 }));
      expect(await store.list({ limit: 10 })).toHaveLength(1);
    });

    it('counts a shard once, however often it is recorded', async () => {
      const store = await make();
      await store.create(aTaskRun());
      const first = await store.recordShard(RUN, 's-2', 'complete', null);
      expect(first).toEqual(aTaskRun({ complete: 1 }));
      expect(await store.recordShard(RUN, 's-2', 'complete', null)).toEqual(first);
      const both = aTaskRun({ complete: 1, incomplete: 1, reasons: ['deadline'] });
      expect(await store.recordShard(RUN, 's-1', 'incomplete', 'deadline')).toEqual(both);
      expect(await store.recordShard(RUN, 's-1', 'incomplete', 'deadline')).toEqual(both);
      expect(await store.get(RUN)).toEqual(both);
    });

    it('counts a shard that was repeated as complete, in either order', async () => {
      const store = await make();
      await store.create(aTaskRun());
      await store.recordShard(RUN, 's-1', 'incomplete', 'deadline');
      const repeated = aTaskRun({ complete: 1, reasons: ['deadline'] });
      expect(await store.recordShard(RUN, 's-1', 'complete', null)).toEqual(repeated);
      expect(await store.recordShard(RUN, 's-1', 'incomplete', 'late')).toEqual(repeated);
      expect(await store.get(RUN)).toEqual(repeated);
    });

    it('keeps which engines scanned, why no better one, and what they missed: loss weighed by probes, the rest added up', async () => {
      const store = await make();
      await store.create(aTaskRun({ shards: 4 }));
      const syn = (loss: number, probes: number, missedOpen: number, receiveDrops: number) =>
        ({
          engine: 'syn',
          whyNotBetter: null,
          estimate: { loss, probes, missedOpen, receiveDrops },
          unknown: 3,
          vacant: 10,
        }) as const;
      await store.recordShard(RUN, 's-1', 'complete', null, syn(0.1, 1_000, 0.25, 0));
      await store.recordShard(RUN, 's-2', 'incomplete', 'deadline', syn(0.3, 3_000, 0.5, 12));
      const connect = { engine: 'connect', whyNotBetter: 'CAP_NET_RAW is missing', estimate: null, unknown: 0 };
      const run = await store.recordShard(RUN, 's-3', 'complete', null, connect);
      const scans = {
        engines: { syn: 2, connect: 1 },
        whyNotBetter: ['CAP_NET_RAW is missing'],
        estimate: { loss: 0.25, probes: 4_000, missedOpen: 0.75, receiveDrops: 12 },
        unknown: 6,
        vacant: 20,
      };
      expect(run).toEqual(aTaskRun({ shards: 4, complete: 2, incomplete: 1, reasons: ['deadline'], ...scans }));
      expect(await store.get(RUN)).toEqual(run);
      expect(await store.list({ limit: 1 })).toEqual([run]);
    });

    it('counts how a shard was scanned once, and by its complete result when there is one', async () => {
      const store = await make();
      await store.create(aTaskRun({ shards: 3 }));
      const by = (engine: string, missedOpen: number) => ({
        engine,
        whyNotBetter: null,
        estimate: { loss: 0, probes: 100, missedOpen, receiveDrops: 0 },
        unknown: 0,
        vacant: 10 * missedOpen,
      });
      await store.recordShard(RUN, 's-1', 'incomplete', null, by('syn', 3));
      await store.recordShard(RUN, 's-1', 'incomplete', null, by('nmap 7.93', 4));
      const before = aTaskRun({
        shards: 3,
        incomplete: 1,
        engines: { syn: 1 },
        estimate: by('syn', 3).estimate,
        vacant: 30,
      });
      expect(await store.get(RUN)).toEqual(before);
      await store.recordShard(RUN, 's-1', 'complete', null, by('masscan 1.3.2', 2));
      await store.recordShard(RUN, 's-1', 'complete', null, by('nmap 7.93', 5));
      await store.recordShard(RUN, 's-1', 'incomplete', null, by('syn', 6));
      const estimate = { loss: 0, probes: 100, missedOpen: 2, receiveDrops: 0 };
      expect(await store.get(RUN)).toEqual(
        aTaskRun({ shards: 3, complete: 1, engines: { 'masscan 1.3.2': 1 }, estimate, vacant: 20 }),
      );
    });

    it('takes any name of an engine and any reason for it', async () => {
      const store = await make();
      await store.create(aTaskRun({ shards: 100 }));
      const texts = AWKWARD.filter((text) => text !== '');
      for (const [i, text] of texts.entries()) {
        await store.recordShard(RUN, `s-${i}`, 'complete', null, {
          engine: text,
          whyNotBetter: text,
          estimate: null,
          unknown: 0,
        });
      }
      const run = await store.get(RUN);
      expect(run?.engines).toEqual(Object.fromEntries(texts.map((text) => [text, 1])));
      expect(run?.whyNotBetter).toEqual([...texts].sort());
    });

    it('takes any reason', async () => {
      const store = await make();
      await store.create(aTaskRun());
      for (const reason of AWKWARD) await store.recordShard(RUN, 's-1', 'incomplete', reason);
      const reasons = AWKWARD.filter((text) => text !== '');
      expect((await store.get(RUN))?.reasons).toEqual([...reasons].sort());
    });

    it('keeps what must be known of a complete shard too, and of very many reasons the first ones, shortened', async () => {
      const store = await make();
      await store.create(aTaskRun({ shards: 40 }));
      const by = { engine: 'syn', whyNotBetter: null, estimate: null, unknown: 203 };
      const noWay = 'the state of 203 ports is not known: there is no way to the network';
      expect(await store.recordShard(RUN, 's-0', 'complete', noWay, by)).toEqual(
        aTaskRun({ shards: 40, complete: 1, engines: { syn: 1 }, reasons: [noWay], unknown: 203 }),
      );
      for (let i = 1; i < 40; i += 1) await store.recordShard(RUN, `s-${i}`, 'incomplete', `${i} ${'x'.repeat(1_000)}`);
      const reasons = (await store.get(RUN))?.reasons ?? [];
      expect(reasons).toHaveLength(20);
      expect(reasons).toContain(noWay);
      expect(Math.max(...reasons.map((reason) => reason.length))).toBe(401);
    });

    it('knows no shard of an unknown run', async () => {
      const store = await make();
      expect(await store.recordShard('r-none', 's-1', 'complete', null)).toBeUndefined();
      expect(await store.recordShard('r-none', 's-1', 'incomplete', 'lag')).toBeUndefined();
      await store.finish('r-none', minute(5));
      expect(await store.get('r-none')).toBeUndefined();
      expect(await store.list({ limit: 10 })).toEqual([]);
    });

    it('loses none of 100 shards recorded at once, and one of the answers has them all', async () => {
      const store = await make();
      await store.create(aTaskRun({ shards: 100 }));
      const ids = Array.from({ length: 100 }, (_, i) => `s-${String(i).padStart(3, '0')}`);
      const answers = await Promise.all(
        ids.map((id, i) => store.recordShard(RUN, id, i % 2 ? 'complete' : 'incomplete', i % 2 ? null : 'lag')),
      );
      const run = await store.get(RUN);
      expect(run).toMatchObject({ complete: 50, incomplete: 50 });
      expect(run?.reasons).toEqual(['lag']);
      expect(answers).toContainEqual(run);
    });

    it('remembers when a run finished', async () => {
      const store = await make();
      await store.create(aTaskRun());
      await store.finish(RUN, minute(5));
      expect(await store.get(RUN)).toEqual(aTaskRun({ finishedAt: minute(5) }));
    });

    it('lists the newest first, as they now stand', async () => {
      const store = await make();
      for (const n of [5, 2, 8, 1, 9, 0, 3]) await store.create(aTaskRun({ id: `r-${n}`, startedAt: minute(n) }));
      await store.recordShard('r-9', 's-1', 'complete', null);
      const list = await store.list({ limit: 100 });
      expect(list.map((run) => run.id)).toEqual([9, 8, 5, 3, 2, 1, 0].map((n) => `r-${n}`));
      expect(list[0]?.complete).toBe(1);
      expect((await store.list({ limit: 2 })).map((run) => run.id)).toEqual(['r-9', 'r-8']);
      expect(await store.list({ limit: 0 })).toEqual([]);
    });

    it('knows the run of a task that started last, as it now stands', async () => {
      const store = await make();
      expect(await store.lastOf('1')).toBeUndefined();
      await store.create(aTaskRun({ id: 'r-b', taskId: '1', startedAt: minute(10) }));
      await store.create(aTaskRun({ id: 'r-a', taskId: '1', startedAt: minute(5) }));
      await store.create(aTaskRun({ id: 'r-c', taskId: '2', startedAt: minute(20) }));
      expect(await store.lastOf('1')).toMatchObject({ id: 'r-b', complete: 0 });
      await store.recordShard('r-b', 's-1', 'complete', null);
      await store.finish('r-b', minute(12));
      expect(await store.lastOf('1')).toMatchObject({ id: 'r-b', complete: 1, finishedAt: minute(12) });
      await store.create(aTaskRun({ id: 'r-d', taskId: '1', startedAt: minute(30) }));
      expect(await store.lastOf('1')).toMatchObject({ id: 'r-d' });
      expect(await store.lastOf('2')).toMatchObject({ id: 'r-c' });
      expect(await store.lastOf('8'.repeat(3_000))).toBeUndefined();
    });

    it('stops a run that has not ended, with the reason, and leaves one that has', async () => {
      const store = await make();
      await store.create(aTaskRun());
      await store.recordShard(RUN, 's-1', 'complete', null);
      const stopped = aTaskRun({ complete: 1, finishedAt: minute(5), stopped: 'stopped by ana' });
      expect(await store.stop(RUN, minute(5), 'stopped by ana')).toEqual(stopped);
      expect(await store.stop(RUN, minute(6), 'stopped by bo')).toEqual(stopped);
      expect(await store.recordShard(RUN, 's-2', 'incomplete', null)).toEqual({ ...stopped, incomplete: 1 });
      await store.create(aTaskRun({ id: 'r-done' }));
      await store.finish('r-done', minute(5));
      expect(await store.stop('r-done', minute(6), 'too late')).toEqual(
        aTaskRun({ id: 'r-done', finishedAt: minute(5) }),
      );
      expect(await store.stop('r-none', minute(5), 'nothing there')).toBeUndefined();
      expect(await store.get('r-none')).toBeUndefined();
    });

    it('knows no last run that was deleted', async () => {
      const store = await make();
      await store.create(aTaskRun({ id: 'r-old', ttl: 1_772_355_599 }));
      await store.removeExpired('2026-03-01T09:00:00.999Z');
      expect(await store.lastOf('2')).toBeUndefined();
    });

    it('deletes runs whose time has passed, once', async () => {
      const store = await make();
      // 1_772_355_600 is 2026-03-01T09:00:00Z.
      await store.create(aTaskRun({ id: 'r-old', ttl: 1_772_355_599 }));
      await store.create(aTaskRun({ id: 'r-older', ttl: 999_999_999 }));
      await store.create(aTaskRun({ id: 'r-now', ttl: 1_772_355_600 }));
      await store.create(aTaskRun({ id: 'r-later', ttl: 1_772_355_601 }));
      expect(await store.removeExpired('2026-03-01T09:00:00.999Z')).toBe(2);
      expect(await store.get('r-old')).toBeUndefined();
      expect((await store.list({ limit: 10 })).map((run) => run.id)).toEqual(['r-now', 'r-later']);
      expect(await store.removeExpired('2026-03-01T09:00:00.999Z')).toBe(0);
      expect(await store.removeExpired('2026-03-01T09:00:01.000Z')).toBe(1);
      expect((await store.list({ limit: 10 })).map((run) => run.id)).toEqual(['r-later']);
    });
  });
}
