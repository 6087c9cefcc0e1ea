import type { Message } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda';

export interface EventSource {
  readonly arn: string;
  readonly region: string;
}

/** What Lambda makes of received messages. */
export function sqsEventOf(messages: readonly Message[], source: EventSource): SQSEvent {
  return { Records: messages.map((message) => recordOf(message, source)) };
}

function recordOf(message: Message, source: EventSource): SQSRecord {
  const attributes = message.Attributes ?? {};
  return {
    messageId: given(message.MessageId, 'MessageId'),
    receiptHandle: given(message.ReceiptHandle, 'ReceiptHandle'),
    body: given(message.Body, 'Body'),
    attributes: {
      ...attributes,
      ApproximateReceiveCount: given(attributes.ApproximateReceiveCount, 'ApproximateReceiveCount'),
      SentTimestamp: given(attributes.SentTimestamp, 'SentTimestamp'),
      SenderId: given(attributes.SenderId, 'SenderId'),
      ApproximateFirstReceiveTimestamp: given(
        attributes.ApproximateFirstReceiveTimestamp,
        'ApproximateFirstReceiveTimestamp',
      ),
    },
    messageAttributes: attributesOf(message),
    md5OfBody: given(message.MD5OfBody, 'MD5OfBody'),
    ...(message.MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: source.arn,
    awsRegion: source.region,
  };
}

function attributesOf(message: Message): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
      name,
      {
        dataType: value.DataType ?? 'String',
        ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
        ...(value.BinaryValue !== undefined && { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
      },
    ]),
  );
}

function given(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`a received message has no ${name}`);
  return value;
}

/** The context of one invocation; its time counts from now. */
export function contextOf(functionName: string, requestId: string, timeoutMs: number): Context {
  const startedAt = performance.now();
  const unused = (): void => {};
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: '256',
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: String(process.pid),
    getRemainingTimeInMillis: () => Math.max(0, Math.round(timeoutMs - (performance.now() - startedAt))),
    done: unused,
    fail: unused,
    succeed: unused,
  };
}

/**
 * The messages that failed, as Lambda reads the answer of a function with `ReportBatchItemFailures`: no answer or an empty list means that
 * all went well; an answer that is malformed, or names a message that was not in the batch, means that all failed.
 */
export function failuresOf(answer: unknown, event: SQSEvent): ReadonlySet<string> {
  const all = new Set(event.Records.map((record) => record.messageId));
  if (answer === undefined || answer === null) return new Set();
  if (typeof answer !== 'object') return all;
  if (!('batchItemFailures' in answer)) return new Set();
  const failures: unknown = answer.batchItemFailures;
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) return all;
  const failed = new Set<string>();
  for (const failure of failures as unknown[]) {
    const id =
      typeof failure === 'object' && failure !== null && 'itemIdentifier' in failure
        ? failure.itemIdentifier
        : undefined;
    if (typeof id !== 'string' || !all.has(id)) return all;
    failed.add(id);
  }
  return failed;
}
