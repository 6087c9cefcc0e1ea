import { ReceiveMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { snsAlertSink } from '../../../adapters/aws/sns-alert-sink.ts';
import { sqsDeadLetters } from '../../../adapters/aws/sqs-dead-letters.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsResultQueue, sqsShardQueue } from '../../../adapters/aws/sqs-queues.ts';
import { Alert } from '../../../core/alerting/alert.ts';
import type { QueueName } from '../../../core/deployment/resources.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { startTestCloud, type TestCloud } from '../../support/embedded.ts';

async function receiveAll(cloud: TestCloud, queue: QueueName, expected: number): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < expected) {
    const { Messages = [] } = await cloud.clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: cloud.queueUrls[queue],
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 2,
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) break;
    messages.push(...Messages);
  }
  return messages;
}

const bodiesOf = (messages: readonly Message[]): unknown[] =>
  messages.map((message) => JSON.parse(message.Body ?? 'null') as unknown);

const shard = (shardId: string, purpose: Shard['purpose'] = 'sweep'): Shard => ({
  shardId,
  runId: 'run-1',
  taskId: '2',
  purpose,
  addresses: ['192.0.2.3'],
  protocol: 'tcp',
  ports: '22,80,443',
  excluded: {},
  tries: 2,
  timeoutMs: 1_000,
  rate: null,
  createdAt: '2026-03-01T09:00:00.000Z',
  notAfter: '2026-03-01T10:00:00.000Z',
  planId: null,
});

const alert: Alert = {
  id: 'a1',
  group: 'müller|192.0.2.3',
  owner: 'Müller 🚪',
  ownerEmail: null,
  address: '192.0.2.3',
  severity: 'critical',
  title: 'redis is open at 192.0.2.3 🚪\nBcc: nobody',
  items: [
    {
      findingId: 'f1',
      kind: 'opened',
      occurrence: 1,
      address: '192.0.2.3',
      protocol: 'tcp',
      port: 6379,
      service: 'redis',
      class: 'high-risk-port',
      severity: 'critical',
      at: '2026-03-01T09:00:00.000Z',
      admittedBy: null,
      note: null,
      approvalId: null,
      proposal: null,
    },
  ],
  unlisted: null,
  createdAt: '2026-03-01T09:00:00.000Z',
};

describe('the shard queue on SQS', () => {
  it('takes any number of shards and gives each once, as it was sent', async () => {
    const cloud = await startTestCloud();
    const queue = sqsShardQueue(cloud.clients.sqs, {
      bulk: cloud.queueUrls.shards,
      priority: cloud.queueUrls['shards-priority'],
      backstop: cloud.queueUrls['shards-backstop'],
    });
    const shards = Array.from({ length: 23 }, (_, i) => shard(`s${i}`));
    await queue.send(shards);
    const bodies = bodiesOf(await receiveAll(cloud, 'shards', 24)) as Shard[];
    expect(bodies.toSorted((a, b) => Number(a.shardId.slice(1)) - Number(b.shardId.slice(1)))).toEqual(shards);
  });

  it('lets confirmations, verifications and what is asked for overtake sweeps', async () => {
    const cloud = await startTestCloud();
    const queue = sqsShardQueue(cloud.clients.sqs, {
      bulk: cloud.queueUrls.shards,
      priority: cloud.queueUrls['shards-priority'],
      backstop: cloud.queueUrls['shards-backstop'],
    });
    await queue.send([shard('sweep'), shard('confirm', 'confirm'), shard('verify', 'verify')]);
    await queue.send([shard('asked')], { priority: true });
    const urgent = bodiesOf(await receiveAll(cloud, 'shards-priority', 4)) as Shard[];
    expect(urgent.map((each) => each.shardId)).toEqual(['confirm', 'verify', 'asked']);
    await queue.send([shard('full')], { backstop: true });
    const rest = bodiesOf(await receiveAll(cloud, 'shards', 2)) as Shard[];
    expect(rest.map((each) => each.shardId)).toEqual(['sweep']);
    const full = bodiesOf(await receiveAll(cloud, 'shards-backstop', 2)) as Shard[];
    expect(full.map((each) => each.shardId)).toEqual(['full']);
  });

  it('holds a delayed shard back', async () => {
    const cloud = await startTestCloud();
    const queue = sqsShardQueue(cloud.clients.sqs, {
      bulk: cloud.queueUrls.shards,
      priority: cloud.queueUrls['shards-priority'],
      backstop: cloud.queueUrls['shards-backstop'],
    });
    await queue.send([shard('later')], { delaySeconds: 1 });
    const immediately = await cloud.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: cloud.queueUrls.shards, WaitTimeSeconds: 0 }),
    );
    expect(immediately.Messages ?? []).toEqual([]);
    expect(await receiveAll(cloud, 'shards', 1)).toHaveLength(1);
  });
});

describe('the other queues on SQS', () => {
  it('carry results, alert requests and remediation requests', async () => {
    const cloud = await startTestCloud();
    const { sqs } = cloud.clients;
    const result: ShardResult = {
      shard: shard('s1'),
      engine: 'connect',
      status: 'complete',
      reason: null,
      results: [],
      startedAt: '2026-03-01T09:00:00.000Z',
      finishedAt: '2026-03-01T09:00:01.000Z',
    };
    await sqsResultQueue(sqs, cloud.queueUrls.results).send(result);
    expect(bodiesOf(await receiveAll(cloud, 'results', 1))).toEqual([result]);
    await sqsAlertQueue(sqs, cloud.queueUrls.alerts).send({ group: 'ops 🚪' }, { delaySeconds: 0 });
    expect(bodiesOf(await receiveAll(cloud, 'alerts', 1))).toEqual([{ group: 'ops 🚪' }]);
    const request = { action: 'apply', planId: 'p1', approvalId: 'ap1', actor: 'alice' } as const;
    await sqsRemediationQueue(sqs, cloud.queueUrls.remediation).send(request);
    expect(bodiesOf(await receiveAll(cloud, 'remediation', 1))).toEqual([request]);
  });

  it('keep dead letters with the reason, whatever characters it has', async () => {
    const cloud = await startTestCloud();
    const letters = sqsDeadLetters(cloud.clients.sqs, cloud.queueUrls.results);
    await letters.keep({ messageId: 'm1', body: 'not json', reason: 'line one\nline two \u0000 🚪' });
    const [letter] = await receiveAll(cloud, 'results', 1);
    expect(letter?.Body).toBe('not json');
    expect(letter?.MessageAttributes?.['reason']?.StringValue).toBe('line one?line two ? ??');
    expect(letter?.MessageAttributes?.['messageId']?.StringValue).toBe('m1');
  });
});

describe('the alert sink on SNS', () => {
  it('resolves once the alert is on the queue of every subscriber, with what filters need', async () => {
    const cloud = await startTestCloud();
    await snsAlertSink(cloud.clients.sns, cloud.topicArn).publish(alert);
    const [message] = await receiveAll(cloud, 'notifications', 1);
    expect(Alert.parse(JSON.parse(message?.Body ?? ''))).toEqual(alert);
    expect(message?.MessageAttributes).toMatchObject({
      severity: { DataType: 'String', StringValue: 'critical' },
      group: { DataType: 'String', StringValue: 'müller|192.0.2.3' },
      kind: { DataType: 'String', StringValue: 'opened' },
    });
  });

  it('rejects when the topic did not take the alert', async () => {
    const cloud = await startTestCloud();
    await expect(snsAlertSink(cloud.clients.sns, `${cloud.topicArn}-missing`).publish(alert)).rejects.toThrow(
      'Topic does not exist',
    );
  });
});
