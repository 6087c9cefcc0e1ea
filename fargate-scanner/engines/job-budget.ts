import { TokenBucket, type TokenSource } from '../../core/scanning/pacing.ts';
import type { ScanJob } from './engine.ts';

/** Tokens for what several do of one job: together they keep to its rate, and to what other jobs leave. */
export function budgetOf({ rate, shared }: Pick<ScanJob, 'rate' | 'shared'>): TokenSource {
  const own = new TokenBucket(rate, performance.now());
  if (shared === null) return own;
  return {
    available: (now) => Math.min(own.available(now), shared.available(now)),
    take() {
      own.take();
      shared.take();
    },
  };
}
