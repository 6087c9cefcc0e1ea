import { describe, expect, it } from 'vitest';
import { emfMetrics } from '../../../adapters/aws/emf-metrics.ts';
import { RecentLatencies } from '../../../adapters/local/recent-latencies.ts';

describe('latencies on AWS', () => {
  it('are log lines that CloudWatch makes a metric of, by leg', () => {
    const lines: string[] = [];
    emfMetrics(
      (line) => lines.push(line),
      () => 1_772_355_600_000,
    ).latency('received', 1_250);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        _aws: {
          Timestamp: 1_772_355_600_000,
          CloudWatchMetrics: [
            { Namespace: 'Portcullis', Dimensions: [['leg']], Metrics: [{ Name: 'latency', Unit: 'Milliseconds' }] },
          ],
        },
        leg: 'received',
        latency: 1_250,
      },
    ]);
  });

  it('are never below zero: clocks differ', () => {
    const lines: string[] = [];
    emfMetrics((line) => lines.push(line)).latency('received', -400);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ latency: 0 });
  });
});

describe('latencies on one machine', () => {
  it('have quantiles by leg, in the order of the way', () => {
    const latencies = new RecentLatencies();
    for (let ms = 1; ms <= 100; ms += 1) latencies.latency('total', ms);
    latencies.latency('received', -3);
    expect(latencies.summaries()).toEqual([
      { leg: 'received', count: 1, sumMs: 0, p50Ms: 0, p95Ms: 0 },
      { leg: 'total', count: 100, sumMs: 5_050, p50Ms: 50, p95Ms: 95 },
    ]);
  });

  it('count everything and have quantiles of the newest 1,024', () => {
    const latencies = new RecentLatencies();
    for (let i = 0; i < 1_000; i += 1) latencies.latency('scanned', 9_000);
    for (let i = 0; i < 1_024; i += 1) latencies.latency('scanned', 5);
    expect(latencies.summaries()).toEqual([{ leg: 'scanned', count: 2_024, sumMs: 9_005_120, p50Ms: 5, p95Ms: 5 }]);
  });

  it('are nothing before something is measured', () => {
    expect(new RecentLatencies().summaries()).toEqual([]);
  });
});
