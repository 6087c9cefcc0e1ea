import { describe, expect, it } from 'vitest';
import { sqsShardQueue } from '../../../adapters/aws/sqs-queues.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import type { ShardQueue } from '../../../core/ports/queues.ts';
import { aShard } from '../../builders/shard.ts';
import { bodiesOf, type MakeQueueCloud, type QueueCloud, receive, receiveAll } from './queue-cloud.ts';

const shardQueue = (cloud: QueueCloud): ShardQueue =>
  sqsShardQueue(cloud.clients.sqs, {
    bulk: cloud.queueUrls.shards,
    priority: cloud.queueUrls['shards-priority'],
    backstop: cloud.queueUrls['shards-backstop'],
  });

const idsOf = (bodies: readonly unknown[]): string[] => (bodies as Shard[]).map(({ shardId }) => shardId);

export function describeShardQueue(name: string, make: MakeQueueCloud): void {
  describe(`shard queue on ${name}`, () => {
    it('takes any number of shards and gives each once, as it was sent', async () => {
      const cloud = await make();
      const shards = Array.from({ length: 23 }, (_, i) => aShard({ shardId: `s${100 + i}` }));
      await shardQueue(cloud).send(shards);
      const bodies = bodiesOf(await receiveAll(cloud, cloud.queueUrls.shards, 23)) as Shard[];
      expect(bodies.toSorted((a, b) => a.shardId.localeCompare(b.shardId))).toEqual(shards);
    });

    it('takes no shards', async () => {
      const cloud = await make();
      await shardQueue(cloud).send([]);
      expect(await receive(cloud, cloud.queueUrls.shards, 0)).toEqual([]);
    });

    it('takes shards that do not fit into one batch together', async () => {
      const cloud = await make();
      const ports = Array.from({ length: 20_000 }, (_, i) => i + 1).join(',');
      const shards = Array.from({ length: 5 }, (_, i) => aShard({ shardId: `s${i}`, ports }));
      await shardQueue(cloud).send(shards);
      const bodies = bodiesOf(await receiveAll(cloud, cloud.queueUrls.shards, 5)) as Shard[];
      expect(bodies.toSorted((a, b) => a.shardId.localeCompare(b.shardId))).toEqual(shards);
    });

    it('refuses a shard that fits on no queue and a delay that SQS does not have, and sends nothing', async () => {
      const cloud = await make();
      const large = aShard({ ports: '1,'.repeat(140_000) });
      await expect(shardQueue(cloud).send([aShard(), large])).rejects.toThrow('does not fit on a queue');
      for (const delaySeconds of [-1, 0.5, 901]) {
        await expect(shardQueue(cloud).send([aShard()], { delaySeconds })).rejects.toThrow('from 0 to 900');
      }
      await receiveAll(cloud, cloud.queueUrls.shards, 0);
    });

    it('lets confirmations, verifications and what is asked for overtake sweeps', async () => {
      const cloud = await make();
      const queue = shardQueue(cloud);
      await queue.send([
        aShard({ shardId: 'sweep', purpose: 'sweep' }),
        aShard({ shardId: 'confirm', purpose: 'confirm' }),
        aShard({ shardId: 'verify', purpose: 'verify' }),
      ]);
      await queue.send([aShard({ shardId: 'asked', purpose: 'sweep' })], { priority: true });
      await queue.send(
        [aShard({ shardId: 'full', purpose: 'sweep' }), aShard({ shardId: 'urgent', purpose: 'confirm' })],
        { backstop: true },
      );
      const [urgent, bulk, backstop] = [
        bodiesOf(await receiveAll(cloud, cloud.queueUrls['shards-priority'], 4)),
        bodiesOf(await receiveAll(cloud, cloud.queueUrls.shards, 1)),
        bodiesOf(await receiveAll(cloud, cloud.queueUrls['shards-backstop'], 1)),
      ];
      expect(idsOf(urgent).toSorted()).toEqual(['asked', 'confirm', 'urgent', 'verify']);
      expect(idsOf(bulk)).toEqual(['sweep']);
      expect(idsOf(backstop)).toEqual(['full']);
    });

    it('holds a delayed shard back', async () => {
      const cloud = await make();
      await shardQueue(cloud).send([aShard({ shardId: 'later' })], { delaySeconds: 1 });
      expect(await receive(cloud, cloud.queueUrls.shards, 0)).toEqual([]);
      expect(idsOf(bodiesOf(await receiveAll(cloud, cloud.queueUrls.shards, 1)))).toEqual(['later']);
    });

    it('takes the longest delay there is', async () => {
      const cloud = await make();
      await shardQueue(cloud).send([aShard()], { delaySeconds: 900 });
      expect(await receive(cloud, cloud.queueUrls.shards, 0)).toEqual([]);
    });

    it('fails when a queue does not exist', async () => {
      const cloud = await make();
      const missing = sqsShardQueue(cloud.clients.sqs, {
        bulk: `${cloud.queueUrls.shards}-missing`,
        priority: cloud.queueUrls['shards-priority'],
        backstop: cloud.queueUrls['shards-backstop'],
      });
      await expect(missing.send([aShard({ purpose: 'sweep' })])).rejects.toThrow(/queue does not exist/);
    });
  });
}
