import type { Shard } from '../planning/shard.ts';

export interface ReceivedShard {
  readonly shard: Shard;
  /** Names this receipt of the message; it changes with every receipt. */
  readonly handle: string;
}

/** The scanner's side of a shard queue: a received shard is hidden from others until it is done, given back, or its time is up. */
export interface ShardSource {
  /** How long a received shard stays hidden, seconds. */
  readonly visibilitySeconds: number;
  /**
   * Waits up to `waitSeconds` (0-20) for a shard; undefined when none came or `signal` was aborted. A message that is no shard is
   * put on the dead-letter queue with the reason and counts as none.
   */
  receive(options: { waitSeconds: number; signal?: AbortSignal }): Promise<ReceivedShard | undefined>;
  /** Hides it for `seconds` from now. */
  extend(handle: string, seconds: number): Promise<void>;
  /** Lets others receive it at once. */
  giveBack(handle: string): Promise<void>;
  /** Forgets the message: its result is on the results queue. */
  done(handle: string): Promise<void>;
  /** Keeps it for a person on the dead-letter queue, with the reason. */
  poison(handle: string, reason: string): Promise<void>;
}
