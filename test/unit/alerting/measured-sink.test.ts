import { describe, expect, it } from 'vitest';
import type { Alert, AlertItem } from '../../../core/alerting/alert.ts';
import { measuredSink } from '../../../core/alerting/measured-sink.ts';
import { toAlert } from '../../../core/alerting/render.ts';
import type { Gain } from '../../../core/exposure/admitted.ts';
import type { Leg } from '../../../core/ports/metrics.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { aFinding } from '../../builders/finding.ts';

const GAIN: Gain = {
  eventId: 'e-1',
  at: '2026-03-01T09:00:05.000Z',
  receivedAt: '2026-03-01T09:00:06.000Z',
  evaluatedAt: '2026-03-01T09:00:07.000Z',
  late: false,
  ports: '6379',
};

/** 6379 opened at 09:00:10, told at 09:00:12. */
function alertOf(over: Partial<AlertItem> = {}): Alert {
  const finding = aFinding();
  const alert = toAlert('payments|192.0.2.3', [finding], new Map(), '2026-03-01T09:00:11.000Z');
  return { ...alert, items: alert.items.map((item) => ({ ...item, ...over })) };
}

async function measured(alert: Alert, gain: Gain | null, over: object = {}) {
  const latencies: [Leg, number][] = [];
  const published: string[] = [];
  const warnings: string[] = [];
  const sink = measuredSink({
    sink: { publish: async ({ id }) => void published.push(id) },
    admitted: { get: async () => anAdmitted({ gain }) },
    clock: { now: () => '2026-03-01T09:00:12.000Z' },
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    metrics: { latency: (leg, ms) => void latencies.push([leg, ms]) },
    ...over,
  });
  await sink.publish(alert);
  return { latencies, published, warnings };
}

describe('the time until people are told', () => {
  it('is measured from the opening, and from the change that let it in', async () => {
    const { latencies, published } = await measured(alertOf(), GAIN);
    expect(latencies).toEqual([
      ['alerted', 2_000],
      ['total', 7_000],
    ]);
    expect(published).toHaveLength(1);
  });

  it('has no total when no event told when the change was', async () => {
    expect((await measured(alertOf(), { ...GAIN, late: true, eventId: null })).latencies).toEqual([['alerted', 2_000]]);
  });

  it.each([
    ['nothing was ever let in', alertOf(), null],
    ['another port was let in', alertOf(), { ...GAIN, ports: '22' }],
    ['the port was open before', alertOf(), { ...GAIN, evaluatedAt: '2026-03-01T09:00:10.001Z' }],
    ['the port opened long after', alertOf(), { ...GAIN, evaluatedAt: '2026-03-01T08:54:09.000Z' }],
    ['it is told closed', alertOf({ kind: 'resolved' }), GAIN],
  ])('is not measured when %s', async (_, alert, gain) => {
    expect((await measured(alert, gain)).latencies).toEqual([]);
  });

  it('never sends an alert twice because it could not be measured', async () => {
    const admitted = { get: () => Promise.reject(new Error('table down')) };
    const { published, warnings } = await measured(alertOf(), GAIN, { admitted });
    expect(published).toHaveLength(1);
    expect(warnings).toEqual(['how long an alert took could not be measured']);
  });

  it('does not hide that an alert was not taken', async () => {
    const sink = { publish: () => Promise.reject(new Error('topic down')) };
    await expect(measured(alertOf(), GAIN, { sink })).rejects.toThrow('topic down');
  });
});
