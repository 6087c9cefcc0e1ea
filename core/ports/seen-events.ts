import type { Instant } from '../time.ts';

/** Events that were dealt with to the end: EventBridge and queues deliver some twice. */
export interface SeenEvents {
  /** Those of `eventIds` that were dealt with, as far as it is remembered: at least for a day. */
  seen(eventIds: readonly string[]): Promise<Set<string>>;
  add(eventIds: readonly string[], now: Instant): Promise<void>;
  /** Forgets what is older than a day; resolves to how many. DynamoDB does it by itself, one machine does not. */
  removeExpired(now: Instant): Promise<number>;
}
