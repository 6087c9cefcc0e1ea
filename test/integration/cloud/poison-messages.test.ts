import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { sqsResultQueue } from '../../../adapters/aws/sqs-queues.ts';
import { toSettings } from '../../../core/config/normalise.ts';
import { QUEUE_NAMES, type QueueName } from '../../../core/deployment/resources.ts';
import { toInstant } from '../../../core/time.ts';
import { startEventPump } from '../../../local/cloud/event-pump.ts';
import { localBasePorts } from '../../../local/machine/base-ports.ts';
import { pumpedQueues } from '../../../local/machine/functions.ts';
import { hostEngines } from '../../../fargate-scanner/engines/engines.ts';
import { startLocalScanner } from '../../../local/machine/local-scanner.ts';
import { startTestCloud, type TestCloud } from '../../support/embedded.ts';
import { runProgress } from '../../../fargate-scanner/progress.ts';

/** Without accounts of AWS nobody takes firewall events. */
const CONSUMED = QUEUE_NAMES.filter((name) => name !== 'firewall-events');
const BODIES = ['not JSON', '[]', '{"hostile":"\\u202E\\u001B[2J"}'];

/** The functions and the scanner of one machine, as `local/machine/machine.ts` puts them together. */
async function startConsumers(cloud: TestCloud): Promise<void> {
  const log = { info: () => undefined, warn: () => undefined };
  const base = await localBasePorts({
    cloud,
    clients: cloud.clients,
    settings: toSettings({ targets: ['127.7.7.9'] }, () => ({ order: 0, where: '' })),
    dataDir: cloud.dataDir,
    clock: { now: () => toInstant(Date.now()) },
    log,
    listening: { host: '127.0.0.1', port: 0 },
  });
  const deliver = async (): Promise<void> => undefined;
  const pump = startEventPump({
    sqs: cloud.clients.sqs,
    region: cloud.region,
    visibilitySeconds: 12,
    queues: pumpedQueues(cloud, cloud.clients, base, deliver),
    log,
  });
  onTestFinished(() => pump.stop());
  const results = sqsResultQueue(cloud.clients.sqs, cloud.queueUrls.results);
  const scanner = startLocalScanner({
    cloud,
    clients: cloud.clients,
    base,
    results,
    engines: hostEngines(),
    progress: runProgress(),
  });
  onTestFinished(() => scanner.stop());
}

async function deadLettersOf(cloud: TestCloud, queue: QueueName): Promise<{ body: string; reason: string }[]> {
  const { Messages = [] } = await cloud.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: cloud.deadLetterUrls[queue],
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 0,
    }),
  );
  return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
    body: Body,
    reason: MessageAttributes['reason']?.StringValue ?? '',
  }));
}

it('a message that cannot be read ends on the dead-letter queue of its queue with the reason, on every queue', async () => {
  const cloud = await startTestCloud();
  await startConsumers(cloud);
  for (const queue of CONSUMED) {
    for (const body of BODIES) {
      await cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl: cloud.queueUrls[queue], MessageBody: body }));
    }
  }
  for (const queue of CONSUMED) {
    await vi.waitFor(
      async () => expect([queue, (await deadLettersOf(cloud, queue)).length]).toEqual([queue, BODIES.length]),
      {
        timeout: 15_000,
        interval: 200,
      },
    );
    for (const { body, reason } of await deadLettersOf(cloud, queue)) {
      const wanted =
        body === 'not JSON' ? /^the body is not JSON$/ : /^the body (does not fit its schema|is not a shard): /;
      expect(reason, `${queue}: ${body}`).toMatch(wanted);
    }
  }
});
