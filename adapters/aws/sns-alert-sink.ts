import { PublishCommand } from '@aws-sdk/client-sns';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../../core/alerting/alert.ts';
import type { AlertSink } from '../../core/ports/queues.ts';
import { jsonBody } from './sqs-send.ts';

const MAX_SUBJECT_CHARACTERS = 100;

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
            severity: text(alert.severity),
            group: text(alert.group),
            kind: text(kindOf(alert)),
          },
        }),
      );
    },
  };
}

/** SNS takes ASCII without control characters, 1-100 of it, not starting with a space. */
export function subjectOf(alert: Pick<Alert, 'severity' | 'title'>): string {
  const subject = `[${alert.severity}] ${alert.title}`.replaceAll(/[^\x20-\x7E]+/g, '?');
  return subject.length <= MAX_SUBJECT_CHARACTERS ? subject : `${subject.slice(0, MAX_SUBJECT_CHARACTERS - 3)}...`;
}

function kindOf(alert: Alert): string {
  const kinds = new Set(alert.items.map((item) => item.kind));
  const [first] = kinds;
  return kinds.size === 1 && first !== undefined ? first : 'mixed';
}

/**
 * An attribute takes the characters of a message body and no others; the owner's name, of which a group is made, may have others. Source:
 * Amazon SNS developer guide, message attributes.
 */
function text(value: string): { DataType: 'String'; StringValue: string } {
  const taken = value.replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '?');
  return { DataType: 'String', StringValue: taken };
}
