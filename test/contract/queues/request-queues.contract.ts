import { describe, expect, it } from 'vitest';
import { sqsAlertQueue, sqsRemediationQueue, sqsResultQueue } from '../../../adapters/aws/sqs-queues.ts';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { aShardResult } from '../../builders/shard-result.ts';
import { bodiesOf, type MakeQueueCloud, receive, receiveAll } from './queue-cloud.ts';

/** Everything that a queue or its transport could lose or change, SQS's own limits included. */
const AWKWARD = [
  'ops 🚪',
  'line one\nline two\r\t',
  'nul \u0000 and esc \u001B',
  '\uFFFE\uFFFF',
  '<&"\'>',
  '\u{10FFFF}',
];

/** Queues of results, of requests to tell people, and of requests to change something. */
export function describeRequestQueues(name: string, make: MakeQueueCloud): void {
  describe(`result queue on ${name}`, () => {
    it('carries a result as it was sent', async () => {
      const cloud = await make();
      const result = aShardResult();
      await sqsResultQueue(cloud.clients.sqs, cloud.queueUrls.results).send(result);
      const [body] = bodiesOf(await receiveAll(cloud, cloud.queueUrls.results, 1));
      expect(body).toEqual(result);
      expect(ShardResult.parse(body)).toEqual(result);
    });

    it('fails when the queue does not exist', async () => {
      const cloud = await make();
      const missing = sqsResultQueue(cloud.clients.sqs, `${cloud.queueUrls.results}-missing`);
      await expect(missing.send(aShardResult())).rejects.toThrow(/queue does not exist/);
    });
  });

  describe(`alert queue on ${name}`, () => {
    it('carries the name of a group whatever characters it has', async () => {
      const cloud = await make();
      const queue = sqsAlertQueue(cloud.clients.sqs, cloud.queueUrls.alerts);
      for (const group of AWKWARD) await queue.send({ group }, { delaySeconds: 0 });
      const bodies = bodiesOf(await receiveAll(cloud, cloud.queueUrls.alerts, AWKWARD.length));
      expect(new Set(bodies.map((body) => (body as { group: string }).group))).toEqual(new Set(AWKWARD));
    });

    it('holds a request back for the window in which alerts are put together', async () => {
      const cloud = await make();
      const queue = sqsAlertQueue(cloud.clients.sqs, cloud.queueUrls.alerts);
      await queue.send({ group: 'later' }, { delaySeconds: 1 });
      await queue.send({ group: 'now' }, { delaySeconds: 0 });
      expect(bodiesOf(await receive(cloud, cloud.queueUrls.alerts, 0))).toEqual([{ group: 'now' }]);
      expect(bodiesOf(await receive(cloud, cloud.queueUrls.alerts, 5))).toEqual([{ group: 'later' }]);
    });

    it('refuses a delay that SQS does not have', async () => {
      const cloud = await make();
      const queue = sqsAlertQueue(cloud.clients.sqs, cloud.queueUrls.alerts);
      await expect(queue.send({ group: 'g' }, { delaySeconds: 901 })).rejects.toThrow('from 0 to 900');
      await receiveAll(cloud, cloud.queueUrls.alerts, 0);
    });
  });

  describe(`remediation queue on ${name}`, () => {
    it('carries a request as it was sent, at once or later', async () => {
      const cloud = await make();
      const queue = sqsRemediationQueue(cloud.clients.sqs, cloud.queueUrls.remediation);
      const apply = { action: 'apply', planId: 'p1', approvalId: 'ap1', actor: 'Zoë 🚪' } as const;
      const later = { action: 'rollback', planId: 'p1', approvalId: null, actor: 'alice' } as const;
      await queue.send(later, { delaySeconds: 1 });
      await queue.send(apply);
      expect(bodiesOf(await receive(cloud, cloud.queueUrls.remediation, 0))).toEqual([apply]);
      expect(bodiesOf(await receive(cloud, cloud.queueUrls.remediation, 5))).toEqual([later]);
    });
  });
}
