import { expect, it } from 'vitest';
import type { Shard } from '../../../core/planning/shard.ts';
import { askedHere, onlyAsked } from '../../../local/machine/asked-here.ts';
import { aShard } from '../../builders/shard.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const OPENED = '2026-03-01T09:00:00.000Z';
const BEFORE = '2026-03-01T08:59:59.999Z';

const scan = (runId: string, createdAt = OPENED): Shard => aShard({ taskId: 'scan', runId, createdAt });
const confirm = (runId: string, createdAt = OPENED): Shard =>
  aShard({ taskId: 'confirm', purpose: 'confirm', runId: `confirm-${runId}`, createdAt });

/** r-mine was started here; r-left and r-stopped by an earlier process. What is imported has no run. */
async function opened() {
  const { runs } = makeMemoryStores();
  for (const id of ['r-mine', 'r-left']) await runs.create(aTaskRun({ id, taskId: 'scan' }));
  const asked = askedHere({ clock: { now: () => OPENED }, runs });
  asked.add('r-mine');
  return asked;
}

it.each<[what: string, shard: Shard, asked: boolean]>([
  ['a scan of this process', scan('r-mine'), true],
  ['its confirmation', confirm('r-mine'), true],
  ['the proof of an approved change, whoever left it', aShard({ purpose: 'verify', createdAt: BEFORE }), true],
  ['a confirmation of what was imported here', confirm('r-import'), true],
  ['one of what was imported before', confirm('r-import', BEFORE), false],
  ['a scan of an earlier process', scan('r-left', BEFORE), false],
  ['a confirmation that an earlier process left', confirm('r-left', BEFORE), false],
  ['a confirmation of a result that an earlier process left', confirm('r-left'), false],
  ['a probe after a change', aShard({ taskId: '10', runId: 'r-change', createdAt: OPENED }), false],
])('%s: asked for here is %o', async (_, shard, expected) => {
  const asked = await opened();
  expect(await asked.has(shard)).toBe(expected);
});

it('what was not asked for goes to the sweeps before it leaves the queue; of a stopped run nothing stays', async () => {
  const log: string[] = [];
  const waiting = [scan('r-left'), scan('r-stopped'), scan('r-mine')];
  const source = onlyAsked(
    {
      visibilitySeconds: 12,
      async receive() {
        const shard = waiting.shift();
        return shard && { shard, handle: shard.runId };
      },
      extend: async () => undefined,
      giveBack: async () => undefined,
      done: async (handle) => void log.push(`done ${handle}`),
      poison: async () => undefined,
    },
    {
      asked: await opened(),
      sweeps: { send: async (shards) => void log.push(...shards.map(({ runId }) => `sweep ${runId}`)) },
      whyStopped: async ({ runId }) => (runId === 'r-stopped' ? 'stopped by ana' : null),
    },
  );
  const received = [];
  for (let i = 0; i < 3; i += 1) received.push((await source.receive({ waitSeconds: 0 }))?.handle);
  expect(received).toEqual([undefined, undefined, 'r-mine']);
  expect(log).toEqual(['sweep r-left', 'done r-left', 'done r-stopped']);
});
