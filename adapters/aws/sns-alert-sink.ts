import { PublishCommand } from '@aws-sdk/client-sns';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../../core/alerting/alert.ts';
import type { AlertSink } from '../../core/ports/queues.ts';
import { snsAttribute, snsSubject } from './sns-text.ts';
import { jsonBody } from './sqs-send.ts';

/**
 * Alerts on an SNS topic: the alert as JSON, and for filter policies the message attributes `severity`, `group` and `kind` (of its items;
 * `mixed` when they differ).
 */
export function snsAlertSink(sns: SNSClient, topicArn: string): AlertSink {
  return {
    async publish(alert) {
      await sns.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: subjectOf(alert),
          Message: jsonBody(alert),
          MessageAttributes: {
            severity: snsAttribute(alert.severity),
            group: snsAttribute(alert.group),
            kind: snsAttribute(kindOf(alert)),
          },
        }),
      );
    },
  };
}

export function subjectOf({ severity, title }: Pick<Alert, 'severity' | 'title'>): string {
  return snsSubject(`[${severity}] ${title}`);
}

function kindOf(alert: Alert): string {
  const kinds = new Set(alert.items.map((item) => item.kind));
  const [first] = kinds;
  return kinds.size === 1 && first !== undefined ? first : 'mixed';
}
