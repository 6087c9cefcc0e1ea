import { expect, it } from 'vitest';
import { after } from '../../../core/time.ts';
import { makeUseCases, type UseCasePorts } from '../../../web/make-use-cases.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const ENDED = '2026-03-01T09:00:00.000Z';
const SCAN = aTaskRun({
  id: 'r-1',
  taskId: 'scan',
  finishedAt: ENDED,
  complete: 2,
  scope: { targets: '192.0.2.3,192.0.2.8/30', ports: '22,80' },
});
const OFF = { on: false, reason: null };
const ON = { on: true, reason: 'drill' };

/** How the scan stands so long after its end, when `pendingOpen` answered once at the first of its addresses. */
async function status(over: { run?: object; pendingOpen?: string; killSwitch?: object; ms?: number }) {
  const stores = makeMemoryStores();
  await stores.runs.create({ ...SCAN, ...over.run });
  await stores.fingerprints.save(
    aFingerprint({ address: '192.0.2.3', version: 0, open: '', pendingOpen: over.pendingOpen ?? '' }),
  );
  const ports = {
    ...stores,
    clock: { now: () => after(ENDED, over.ms ?? 0) },
    killSwitch: { read: async () => over.killSwitch ?? OFF },
  };
  const { done, unconfirmed, whyUnconfirmed } = await makeUseCases(ports as unknown as UseCasePorts).scanStatus('r-1');
  return { done, unconfirmed: unconfirmed.map(({ ports: half }) => half).join(' '), whyUnconfirmed };
}

const STOPPED = { stopped: 'stopped by ana' };

it.each<[what: string, over: Parameters<typeof status>[0], expected: Awaited<ReturnType<typeof status>>]>([
  ['under way', { run: { finishedAt: null } }, { done: false, unconfirmed: '', whyUnconfirmed: null }],
  ['at its end', {}, { done: true, unconfirmed: '', whyUnconfirmed: null }],
  ['while it confirms', { pendingOpen: '22' }, { done: false, unconfirmed: '22', whyUnconfirmed: null }],
  ['when other ports are confirmed', { pendingOpen: '443' }, { done: true, unconfirmed: '', whyUnconfirmed: null }],
  [
    'when a confirmation is lost',
    { pendingOpen: '22', ms: 10_000 },
    { done: true, unconfirmed: '22', whyUnconfirmed: null },
  ],
  [
    'when the kill switch forbids the confirmation',
    { pendingOpen: '22', killSwitch: ON },
    { done: true, unconfirmed: '22', whyUnconfirmed: 'the kill switch is on (drill)' },
  ],
  ['right after it was stopped', { run: STOPPED }, { done: false, unconfirmed: '', whyUnconfirmed: null }],
  [
    'once the shards of a stopped one have settled',
    { run: STOPPED, pendingOpen: '80', ms: 3_000 },
    { done: true, unconfirmed: '80', whyUnconfirmed: 'stopped by ana' },
  ],
])('a scan %s', async (_, over, expected) => {
  expect(await status(over)).toEqual(expected);
});
