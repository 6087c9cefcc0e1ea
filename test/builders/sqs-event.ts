import type { SQSEvent } from 'aws-lambda';

/** A batch with these bodies, as Lambda hands it over: messages m0, m1 ..., received for the first time. */
export function anSqsEvent(...bodies: string[]): SQSEvent {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1772355600000',
        SenderId: '111122223333',
        ApproximateFirstReceiveTimestamp: '1772355600000',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:firewall-events',
      awsRegion: 'eu-west-1',
    })),
  };
}
