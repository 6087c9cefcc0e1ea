import type { Clients } from '../../adapters/aws/clients.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import type { Alert } from '../../core/alerting/alert.ts';
import { scannableAssets } from '../../core/assets/scannable-assets.ts';
import { QUEUES, type QueueName } from '../../core/deployment/resources.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import { type Metrics, NO_METRICS } from '../../core/ports/metrics.ts';
import type { AlertSink } from '../../core/ports/queues.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import { makeAlertFunction } from '../../lambdas/alert/function.ts';
import { makeFirewallEventsFunction } from '../../lambdas/firewall-events/function.ts';
import { makeIngestFunction } from '../../lambdas/ingest/function.ts';
import { makeRemediateFunction } from '../../lambdas/remediate/function.ts';
import type { SqsConsumer } from '../../lambdas/sqs-consumer.ts';
import type { EmbeddedCloud } from '../cloud/embedded-cloud.ts';
import type { PumpedQueue } from '../cloud/event-pump.ts';
import { makeNotificationFunction } from '../notifications/function.ts';
import type { LocalAws } from './cloud.ts';

/** One event at a time keeps writers of one item from meeting; the store is one process anyway. */
const ONE_AT_A_TIME = 1;

function eventsFunction(base: BasePorts & { metrics?: Metrics }, aws: LocalAws, deadLetters: DeadLetters): SqsConsumer {
  return makeFirewallEventsFunction(
    {
      ...base,
      metrics: base.metrics ?? NO_METRICS,
      reader: aws.reader,
      assetsOf: scannableAssets(base.settings),
      ourRoles: new Set(aws.access.flatMap(({ writeRole }) => writeRole ?? [])),
    },
    deadLetters,
  );
}

/** The functions of `lambdas/`, each behind the queue that feeds it on AWS, and the subscriber of the alert topic. */
export function pumpedQueues(
  cloud: EmbeddedCloud,
  clients: Clients,
  base: BasePorts & { sink: AlertSink; aws: LocalAws | null; metrics?: Metrics },
  deliver: (alert: Alert) => Promise<void>,
): PumpedQueue[] {
  const deadLetters = (name: QueueName): DeadLetters => sqsDeadLetters(clients.sqs, cloud.deadLetterUrls[name]);
  const pumped = (name: QueueName, handler: SqsConsumer): PumpedQueue => ({
    name,
    url: cloud.queueUrls[name],
    arn: `arn:aws:sqs:${cloud.region}:000000000000:${name}`,
    batchSize: QUEUES[name].batchSize,
    concurrency: ONE_AT_A_TIME,
    timeoutSeconds: QUEUES[name].consumerTimeoutSeconds,
    handler,
  });
  const { aws } = base;
  const events =
    aws === null ? [] : [pumped('firewall-events', eventsFunction(base, aws, deadLetters('firewall-events')))];
  return [
    ...events,
    pumped('results', makeIngestFunction(base, deadLetters('results'))),
    pumped('alerts', makeAlertFunction(base, deadLetters('alerts'))),
    pumped('remediation', makeRemediateFunction(base, deadLetters('remediation'))),
    pumped('notifications', makeNotificationFunction(deliver, deadLetters('notifications'), base.log)),
  ];
}
