import type { ShardPurpose } from '../planning/shard.ts';
import type { Instant } from '../time.ts';
import type { ShardResult } from './shard-result.ts';

/** What is known of the scan that an address result came from. */
export interface ResultContext {
  readonly status: ShardResult['status'];
  readonly purpose: ShardPurpose;
  readonly runId: string;
  readonly engine: string;
  /**
   * The reader's clock. When given, stored observation times further ahead of it than FUTURE_TOLERANCE_MS count as never: they come
   * from before a clock was set back, and would otherwise make every result lose until that time comes round again.
   */
  readonly now?: Instant;
}
