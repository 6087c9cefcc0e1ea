import { expect, it } from 'vitest';
import { readEnv } from '../../../core/config/read-env.ts';
import { ContainerEnv } from '../../../fargate-scanner/env.ts';

const queue = 'http://127.0.0.1:9324/000000000000/shards';
const ENV = {
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 'portcullis',
  SHARDS_QUEUE_URL: queue,
  SHARDS_PRIORITY_QUEUE_URL: queue,
  SHARDS_BACKSTOP_QUEUE_URL: queue,
  SHARDS_DEAD_LETTERS_QUEUE_URL: queue,
  SHARDS_PRIORITY_DEAD_LETTERS_QUEUE_URL: queue,
  SHARDS_BACKSTOP_DEAD_LETTERS_QUEUE_URL: queue,
  RESULTS_QUEUE_URL: queue,
};
const read = (over: Record<string, string>) => readEnv('the scanner', ContainerEnv, { ...ENV, ...over });

it('a scanner is alone, at AWS, and gives a host 500 probes a second unless its environment says otherwise', () => {
  expect(read({})).toMatchObject({ SCANNERS: 1, PER_ADDRESS_RATE: 500, VISIBILITY_SECONDS: 60, CONCURRENCY: 4 });
  expect(read({}).SQS_ENDPOINT).toBeUndefined();
  expect(
    read({ SCANNERS: '11', DYNAMODB_ENDPOINT: 'http://127.0.0.1:1', SQS_ENDPOINT: 'http://127.0.0.1:2' }),
  ).toMatchObject({
    SCANNERS: 11,
    SQS_ENDPOINT: 'http://127.0.0.1:2',
  });
});

it.each([
  [{ SCANNERS: '0' }, /SCANNERS.*at least 1/],
  [{ SCANNERS: 'many' }, /SCANNERS.*a whole number from 1 to 100 is needed/],
  [{ PER_ADDRESS_RATE: '5' }, /PER_ADDRESS_RATE.*at least 10/],
  [{ VISIBILITY_SECONDS: '1' }, /VISIBILITY_SECONDS.*at least 4/],
  [{ SQS_ENDPOINT: 'here' }, /SQS_ENDPOINT.*the URL of a service is needed/],
  [{ DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' }, /SQS_ENDPOINT.*both or none/],
])('an environment that cannot be meant is an error that names the variable: %o', (over, message) => {
  expect(() => read(over)).toThrow(message);
});
