import type { Metrics } from '../../core/ports/metrics.ts';

/**
 * One line a number in the embedded metric format, which CloudWatch Logs turns into the metric `latency` of namespace `Portcullis` by `leg`,
 * with percentiles (CloudWatch user guide, "Embedded metric format specification"). Clocks that differ give no latency below zero.
 */
export function emfMetrics(write: (line: string) => void, now: () => number = Date.now): Metrics {
  return {
    latency(leg, ms) {
      write(
        JSON.stringify({
          _aws: {
            Timestamp: now(),
            CloudWatchMetrics: [
              {
                Namespace: 'Portcullis',
                Dimensions: [['leg']],
                Metrics: [{ Name: 'latency', Unit: 'Milliseconds' }],
              },
            ],
          },
          leg,
          latency: Math.max(0, ms),
        }),
      );
    },
  };
}
