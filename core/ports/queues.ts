import type { Alert, AlertRequest } from '../alerting/alert.ts';
import type { ShardResult } from '../fingerprints/shard-result.ts';
import type { Shard } from '../planning/shard.ts';
import type { RemediationRequest } from '../remediation/plan.ts';

export interface ShardQueue {
  /**
   * Sweeps go to the bulk queue, or, with `backstop`, to the one that waits for all others; confirmations and verifications to the
   * priority queue. `delaySeconds` 0-900. Every shard or an error.
   */
  send(
    shards: readonly Shard[],
    options?: { delaySeconds?: number; priority?: boolean; backstop?: boolean },
  ): Promise<void>;
}

export interface ResultQueue {
  send(result: ShardResult): Promise<void>;
}

export interface AlertQueue {
  send(request: AlertRequest, options: { delaySeconds: number }): Promise<void>;
}

export interface RemediationQueue {
  send(request: RemediationRequest, options?: { delaySeconds?: number }): Promise<void>;
}

/** Where alerts go out to people. Resolves once the topic has taken the alert. */
export interface AlertSink {
  publish(alert: Alert): Promise<void>;
}
