import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { readFindingImage, type StreamImage } from '../../../adapters/aws/dynamo/finding-image.ts';
import { DynamoFindingStore } from '../../../adapters/aws/dynamo/finding-store.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFakeEndpoint } from '../../support/aws/fake-endpoint.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';

/** The item as the store's PutItem has it on the wire: DynamoDB gives streams the same. */
async function written(finding: Finding): Promise<StreamImage> {
  let item: StreamImage = {};
  const keep = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    item = ((await json(request)) as { Item: StreamImage }).Item;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  };
  const url = await aFakeEndpoint((request, response) => void keep(request, response));
  const client = new DynamoDBClient(emulatorClientConfig(url));
  onTestFinished(() => client.destroy());
  await new DynamoFindingStore(DynamoDBDocumentClient.from(client), 'portcullis').save(finding);
  return item;
}

it('a finding that the store wrote is the finding that the stream gives', async () => {
  const image = await written(aFinding({ version: 0 }));
  expect(Object.keys(image)).toEqual(expect.arrayContaining(['pk', 'sk', 'version', 'body', 'gsi1pk']));
  expect(readFindingImage(image)).toEqual(aFinding({ version: 1 }));
});

it('also when its body is compressed', async () => {
  const admittedBy = Array.from({ length: 500 }, (_, i) => ({
    ruleId: `sgr-${i}`,
    source: '0.0.0.0/0',
    breadth: 'internet' as const,
  }));
  const image = await written(aFinding({ version: 6, admittedBy }));
  expect(image['body']).toHaveProperty('B');
  expect(readFindingImage(image)).toEqual(aFinding({ version: 7, admittedBy }));
});

it('items of other kinds are not findings', () => {
  expect(readFindingImage({ pk: { S: 'FINGERPRINT#3' }, sk: { S: '192.0.2.3' }, body: { S: '{}' } })).toBeUndefined();
  expect(readFindingImage({ pk: { S: 'RUN#r-1' }, sk: { S: 'RUN' } })).toBeUndefined();
});

it.each([
  ['no body', {}],
  ['text that is no JSON', { body: { S: '{' } }],
  ['JSON that is no finding', { body: { S: '{"id":"f-1"}' } }],
  ['bytes that are not compressed text', { body: { B: 'AAAA' } }],
])('a finding with %s is an error that names the item', (_, body) => {
  const image = { pk: { S: 'FINDING#0' }, sk: { S: 'f-1' }, ...body };
  expect(() => readFindingImage(image)).toThrow('The stored item pk=FINDING#0 sk=f-1 cannot be read.');
});
