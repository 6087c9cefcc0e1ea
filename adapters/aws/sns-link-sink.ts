import { PublishCommand } from '@aws-sdk/client-sns';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { LinkSink } from '../../core/ports/link-sink.ts';
import { snsAttribute, snsSubject } from './sns-text.ts';

/**
 * Mails with links on an SNS topic of their own, apart from the alerts: each approver's mailbox is subscribed with a filter policy on the
 * message attribute `approver`, so that nobody gets the links of others.
 */
export function snsLinkSink(sns: SNSClient, topicArn: string): LinkSink {
  return {
    async send({ approver, severity, subject, text }) {
      await sns.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: snsSubject(subject),
          Message: text,
          MessageAttributes: { approver: snsAttribute(approver), severity: snsAttribute(severity) },
        }),
      );
    },
  };
}
