import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { sqsDeadLetters } from '../../../adapters/aws/sqs-dead-letters.ts';
import { sqsShardSource } from '../../../adapters/aws/sqs-shard-source.ts';
import type { ShardSource } from '../../../core/ports/shard-source.ts';
import { aShard } from '../../builders/shard.ts';
import { type MakeQueueCloud, type QueueCloud, receiveAll } from './queue-cloud.ts';

const sourceOn = (cloud: QueueCloud, visibilitySeconds: number): ShardSource =>
  sqsShardSource({
    sqs: cloud.clients.sqs,
    queueUrl: cloud.queueUrls.shards,
    deadLetters: sqsDeadLetters(cloud.clients.sqs, cloud.deadLetterUrls.shards),
    visibilitySeconds,
  });

async function put(cloud: QueueCloud, body: string): Promise<void> {
  await cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl: cloud.queueUrls.shards, MessageBody: body }));
}

export function describeShardSource(name: string, make: MakeQueueCloud): void {
  describe(`shard source on ${name}`, () => {
    it('gives a shard as it was sent, to one receiver, and no more once it is done', async () => {
      const cloud = await make();
      const source = sourceOn(cloud, 1);
      expect(await source.receive({ waitSeconds: 0 })).toBeUndefined();
      await put(cloud, JSON.stringify(aShard()));
      const received = await source.receive({ waitSeconds: 5 });
      expect(received?.shard).toEqual(aShard());
      expect(await sourceOn(cloud, 1).receive({ waitSeconds: 0 })).toBeUndefined();
      await source.done(received?.handle ?? '');
      expect(await source.receive({ waitSeconds: 2 })).toBeUndefined();
    });

    it('gives a shard again when its time is up, and at once when it is given back, by another handle', async () => {
      const cloud = await make();
      const source = sourceOn(cloud, 1);
      await put(cloud, JSON.stringify(aShard()));
      const first = await source.receive({ waitSeconds: 5 });
      const second = await sourceOn(cloud, 30).receive({ waitSeconds: 5 });
      expect(second?.shard).toEqual(aShard());
      expect(second?.handle).not.toBe(first?.handle);
      await source.giveBack(second?.handle ?? '');
      const third = await source.receive({ waitSeconds: 5 });
      expect(third?.shard).toEqual(aShard());
    });

    it('hides a shard for longer when asked to', async () => {
      const cloud = await make();
      const source = sourceOn(cloud, 1);
      await put(cloud, JSON.stringify(aShard()));
      const received = await source.receive({ waitSeconds: 5 });
      await source.extend(received?.handle ?? '', 30);
      expect(await source.receive({ waitSeconds: 2 })).toBeUndefined();
    });

    it('keeps a shard that failed for a person, with the reason', async () => {
      const cloud = await make();
      const source = sourceOn(cloud, 1);
      await put(cloud, JSON.stringify(aShard()));
      const received = await source.receive({ waitSeconds: 5 });
      await source.poison(received?.handle ?? '', 'it ended the engine 3 times');
      const [letter] = await receiveAll(cloud, cloud.deadLetterUrls.shards, 1);
      expect(JSON.parse(letter?.Body ?? '')).toEqual(aShard());
      expect(letter?.MessageAttributes?.['reason']?.StringValue).toBe('it ended the engine 3 times');
      expect(await source.receive({ waitSeconds: 2 })).toBeUndefined();
      await expect(source.poison(received?.handle ?? '', 'again')).rejects.toThrow('not held');
    });

    it('keeps what is no shard for a person and counts it as none', async () => {
      const cloud = await make();
      const source = sourceOn(cloud, 30);
      await put(cloud, 'not json');
      expect(await source.receive({ waitSeconds: 5 })).toBeUndefined();
      await put(cloud, JSON.stringify({ ...aShard(), tries: 0 }));
      expect(await source.receive({ waitSeconds: 5 })).toBeUndefined();
      const letters = await receiveAll(cloud, cloud.deadLetterUrls.shards, 2);
      const reasons = letters.map((letter) => letter.MessageAttributes?.['reason']?.StringValue ?? '');
      expect(reasons.toSorted()).toEqual([
        'the body is not JSON',
        expect.stringMatching(/^the body is not a shard: tries/),
      ]);
    });

    it('stops waiting when it is told to', async () => {
      const cloud = await make();
      const source = sourceOn(cloud, 30);
      const stopping = new AbortController();
      const waiting = source.receive({ waitSeconds: 20, signal: stopping.signal });
      stopping.abort();
      expect(await waiting).toBeUndefined();
      expect(await source.receive({ waitSeconds: 20, signal: stopping.signal })).toBeUndefined();
    });

    it('fails when the queue does not exist', async () => {
      const cloud = await make();
      const queueUrls = { ...cloud.queueUrls, shards: `${cloud.queueUrls.shards}-missing` };
      const source = sourceOn({ ...cloud, queueUrls }, 30);
      await expect(source.receive({ waitSeconds: 0 })).rejects.toThrow(/queue does not exist/);
    });
  });
}
