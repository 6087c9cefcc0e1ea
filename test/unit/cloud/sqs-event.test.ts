import { describe, expect, it } from 'vitest';
import { contextOf, failuresOf, sqsEventOf } from '../../../local/cloud/sqs-event.ts';

const SOURCE = { arn: 'arn:aws:sqs:us-east-1:000000000000:results', region: 'us-east-1' };

const received = (id: string) => ({
  MessageId: id,
  ReceiptHandle: `handle-${id}`,
  Body: '{"n":1}',
  MD5OfBody: 'md5',
  MD5OfMessageAttributes: 'md5-attributes',
  Attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1772355600000',
    SenderId: '000000000000',
    ApproximateFirstReceiveTimestamp: '1772355600001',
  },
  MessageAttributes: {
    severity: { DataType: 'String', StringValue: 'high' },
    raw: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 3]) },
  },
});

const event = sqsEventOf([received('a'), received('b')], SOURCE);

describe('the event of received messages', () => {
  it('has every field that a function gets from Lambda', () => {
    expect(event.Records[0]).toEqual({
      messageId: 'a',
      receiptHandle: 'handle-a',
      body: '{"n":1}',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1772355600000',
        SenderId: '000000000000',
        ApproximateFirstReceiveTimestamp: '1772355600001',
      },
      messageAttributes: {
        severity: { dataType: 'String', stringValue: 'high', stringListValues: [], binaryListValues: [] },
        raw: { dataType: 'Binary', binaryValue: 'AQID', stringListValues: [], binaryListValues: [] },
      },
      md5OfBody: 'md5',
      md5OfMessageAttributes: 'md5-attributes',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:results',
      awsRegion: 'us-east-1',
    });
  });

  it('is refused when a message lacks what Lambda always gives', () => {
    expect(() => sqsEventOf([{ ...received('a'), Attributes: {} }], SOURCE)).toThrow(
      'a received message has no ApproximateReceiveCount',
    );
  });
});

describe('the answer of a function', () => {
  it.each([
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty object', {}, []],
    ['no failures', { batchItemFailures: [] }, []],
    ['null failures', { batchItemFailures: null }, []],
    ['one failure', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    ['a text', 'ok', ['a', 'b']],
    ['a list that is none', { batchItemFailures: 'b' }, ['a', 'b']],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }, ['a', 'b']],
    ['a wrong key', { batchItemFailures: [{ id: 'b' }] }, ['a', 'b']],
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'z' }] }, ['a', 'b']],
  ])('with %s fails the right messages', (_, answer, failed) => {
    expect([...failuresOf(answer, event)]).toEqual(failed);
  });
});

describe('the context of an invocation', () => {
  it('counts its time down and not below zero', () => {
    expect(contextOf('ingest', 'id', 60_000).getRemainingTimeInMillis()).toBeGreaterThan(50_000);
    expect(contextOf('ingest', 'id', -5).getRemainingTimeInMillis()).toBe(0);
  });
});
