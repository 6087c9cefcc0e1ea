import { describeAlertSink } from './alert-sink.contract.ts';
import { describeDeadLetters } from './dead-letters.contract.ts';
import type { MakeQueueCloud } from './queue-cloud.ts';
import { describeRequestQueues } from './request-queues.contract.ts';
import { describeShardQueue } from './shard-queue.contract.ts';
import { describeShardSource } from './shard-source.contract.ts';

export function describeEveryQueue(name: string, make: MakeQueueCloud): void {
  describeShardQueue(name, make);
  describeShardSource(name, make);
  describeRequestQueues(name, make);
  describeDeadLetters(name, make);
  describeAlertSink(name, make);
}
