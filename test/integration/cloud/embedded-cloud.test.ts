import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ListSubscriptionsCommand, PublishCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { QUEUE_NAMES, visibilitySeconds } from '../../../core/deployment/resources.ts';
import { BadInput } from '../../../core/errors.ts';
import { AlreadyRunning } from '../../../local/cloud/data-directory.ts';
import { startEmbeddedCloud } from '../../../local/cloud/embedded-cloud.ts';
import { startTestCloud, type TestCloud } from '../../support/embedded.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

async function receiveOne(cloud: TestCloud, queueUrl: string, seconds = 3) {
  const { Messages = [] } = await cloud.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: seconds, MessageSystemAttributeNames: ['All'] }),
  );
  return Messages[0];
}

const idsIn = async (cloud: TestCloud, index: string, key: string, value: string): Promise<unknown[]> => {
  const { Items = [] } = await cloud.clients.documents.send(
    new QueryCommand({
      TableName: cloud.tableName,
      IndexName: index,
      KeyConditionExpression: '#k = :v',
      ExpressionAttributeNames: { '#k': key },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
  return Items.map((item) => item['pk']);
};

describe('the embedded cloud', () => {
  it('has the table, the queues with their dead-letter queues, and the topic', async () => {
    const cloud = await startTestCloud();
    const { Table } = await cloud.clients.documents.send(new DescribeTableCommand({ TableName: 'portcullis' }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(Table?.KeySchema?.map((key) => key.AttributeName)).toEqual(['pk', 'sk']);
    expect(Table?.GlobalSecondaryIndexes?.map((index) => index.IndexName).sort()).toEqual(['gsi1', 'gsi2']);
    expect(Object.keys(cloud.queueUrls)).toEqual([
      'shards',
      'shards-priority',
      'shards-backstop',
      'results',
      'alerts',
      'remediation',
      'notifications',
      'firewall-events',
    ]);
    for (const name of QUEUE_NAMES) {
      const { Attributes } = await cloud.clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: cloud.queueUrls[name], AttributeNames: ['All'] }),
      );
      expect(Attributes?.['VisibilityTimeout']).toBe('12');
      expect(JSON.parse(Attributes?.['RedrivePolicy'] ?? '')).toEqual({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${name}-dlq`,
        maxReceiveCount: 30,
      });
      const dead = await cloud.clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: cloud.deadLetterUrls[name], AttributeNames: ['All'] }),
      );
      expect(dead.Attributes?.['MessageRetentionPeriod']).toBe('1209600');
    }
    expect(cloud.topicArn).toBe('arn:aws:sns:us-east-1:000000000000:portcullis-alerts');
  });

  it('delivers what is published to the queue of notifications, as it is', async () => {
    const cloud = await startTestCloud();
    await cloud.clients.sns.send(new PublishCommand({ TopicArn: cloud.topicArn, Message: '{"id":"a1"}' }));
    expect((await receiveOne(cloud, cloud.queueUrls.notifications))?.Body).toBe('{"id":"a1"}');
  });

  it('listens on 127.0.0.1 and nowhere else', async () => {
    const cloud = await startTestCloud();
    const ports = Object.values(cloud.endpoints).map((endpoint) => new URL(endpoint).port);
    const listening = execFileSync('ss', ['-Hltn'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.split(/\s+/)[3] ?? '')
      .filter((address) => ports.some((port) => address.endsWith(`:${port}`)));
    expect(listening.sort()).toEqual(ports.map((port) => `127.0.0.1:${port}`).sort());
  });

  it('answers nobody without the access key of this start', async () => {
    const cloud = await startTestCloud();
    const ask = (url: string, headers: Record<string, string>) => fetch(url, { method: 'POST', body: '{}', headers });
    for (const endpoint of Object.values(cloud.endpoints)) {
      for (const authorization of ['', 'AWS4-HMAC-SHA256 Credential=test/20260301/us-east-1/sqs/aws4_request']) {
        for (const type of ['application/x-amz-json-1.0', 'application/x-www-form-urlencoded', 'text/plain']) {
          const headers = { authorization, 'content-type': type, 'x-amz-target': 'AmazonSQS.ListQueues' };
          expect((await ask(endpoint, headers)).status).toBe(403);
        }
      }
      expect((await fetch(endpoint)).status).toBe(403);
    }
  });

  it('keeps items, messages and subscriptions across a restart, and gives out at once what was being worked on', async () => {
    const first = await startTestCloud();
    await first.clients.documents.send(
      new PutCommand({ TableName: first.tableName, Item: { pk: 'a', sk: 'v', gsi1pk: 'G', gsi1sk: '1' } }),
    );
    await first.clients.sqs.send(new SendMessageCommand({ QueueUrl: first.queueUrls.results, MessageBody: 'one' }));
    expect((await receiveOne(first, first.queueUrls.results))?.Body).toBe('one');
    await first.stop();

    const second = await startTestCloud(first.dataDir);
    const { Item } = await second.clients.documents.send(
      new GetCommand({ TableName: second.tableName, Key: { pk: 'a', sk: 'v' }, ConsistentRead: true }),
    );
    expect(Item).toEqual({ pk: 'a', sk: 'v', gsi1pk: 'G', gsi1sk: '1' });
    expect(await idsIn(second, 'gsi1', 'gsi1pk', 'G')).toEqual(['a']);
    const again = await receiveOne(second, second.queueUrls.results);
    expect(again?.Body).toBe('one');
    expect(again?.Attributes?.['ApproximateReceiveCount']).toBe('2');
    const { Subscriptions } = await second.clients.sns.send(new ListSubscriptionsCommand({}));
    expect(Subscriptions).toHaveLength(1);
  });

  it('gives a message back at once when its visibility timeout is set to 0', async () => {
    const cloud = await startTestCloud();
    const QueueUrl = cloud.queueUrls.shards;
    await cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'shard' }));
    const first = await receiveOne(cloud, QueueUrl);
    await cloud.clients.sqs.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }),
    );
    expect((await receiveOne(cloud, QueueUrl))?.MessageId).toBe(first?.MessageId);
  });

  it('keeps indexes equal to the table through put, update and delete', async () => {
    const cloud = await startTestCloud();
    const { documents } = cloud.clients;
    const TableName = cloud.tableName;
    await documents.send(
      new PutCommand({ TableName, Item: { pk: 'f', sk: 'v', gsi1pk: 'open', gsi1sk: '1', gsi2pk: 'x', gsi2sk: '1' } }),
    );
    expect(await idsIn(cloud, 'gsi1', 'gsi1pk', 'open')).toEqual(['f']);
    await documents.send(
      new UpdateCommand({
        TableName,
        Key: { pk: 'f', sk: 'v' },
        UpdateExpression: 'SET gsi1pk = :closed REMOVE gsi2pk, gsi2sk',
        ExpressionAttributeValues: { ':closed': 'closed' },
      }),
    );
    expect(await idsIn(cloud, 'gsi1', 'gsi1pk', 'open')).toEqual([]);
    expect(await idsIn(cloud, 'gsi1', 'gsi1pk', 'closed')).toEqual(['f']);
    expect(await idsIn(cloud, 'gsi2', 'gsi2pk', 'x')).toEqual([]);
    await documents.send(new DeleteCommand({ TableName, Key: { pk: 'f', sk: 'v' } }));
    expect(await idsIn(cloud, 'gsi1', 'gsi1pk', 'closed')).toEqual([]);
  });
});

describe('starting the embedded cloud', () => {
  it('says already running when another one has the table open', async () => {
    const cloud = await startTestCloud();
    await expect(startEmbeddedCloud({ dataDir: cloud.dataDir })).rejects.toBeInstanceOf(AlreadyRunning);
  });

  it.each(['CURRENT', 'MANIFEST-'])('names the directory when the file %s of LevelDB is garbage', async (name) => {
    const dataDir = await stoppedCloud();
    const directory = join(dataDir, 'dynamodb');
    const [file] = (await readdir(directory)).filter((each) => each.startsWith(name));
    await writeFile(join(directory, file as string), 'garbage '.repeat(100));
    expect(await refusalOf(dataDir)).toBe(damagedMessage(directory));
  });

  it('names the directory when every file of LevelDB is garbage', async () => {
    const dataDir = await stoppedCloud();
    const directory = join(dataDir, 'dynamodb');
    for (const file of await readdir(directory)) await writeFile(join(directory, file), 'garbage '.repeat(100));
    expect(await refusalOf(dataDir)).toBe(damagedMessage(directory));
  });

  it('names the directory when LevelDB lost its table without noticing', async () => {
    const dataDir = await stoppedCloud();
    const directory = join(dataDir, 'dynamodb');
    for (const file of await readdir(directory)) {
      if (/\.(log|ldb)$/.test(file)) await writeFile(join(directory, file), 'garbage '.repeat(100));
    }
    expect(await refusalOf(dataDir)).toBe(damagedMessage(directory));
  });

  it('names the directory when SQLite is garbage', async () => {
    const dataDir = await stoppedCloud();
    const directory = join(dataDir, 'queues');
    await writeFile(join(directory, 'fauxqs.db'), 'garbage '.repeat(1_000));
    expect(await refusalOf(dataDir)).toBe(damagedMessage(directory));
  });

  it('names the directory when a page of SQLite is garbage', async () => {
    const dataDir = await stoppedCloud();
    const directory = join(dataDir, 'queues');
    const path = join(directory, 'fauxqs.db');
    execFileSync('dd', [
      'if=/dev/urandom',
      `of=${path}`,
      'bs=4096',
      'seek=1',
      'count=3',
      'conv=notrunc',
      'status=none',
    ]);
    expect(await refusalOf(dataDir)).toBe(damagedMessage(directory));
  });

  async function stoppedCloud(): Promise<string> {
    const dataDir = await temporaryDirectory();
    const cloud = await startEmbeddedCloud({ dataDir });
    await cloud.stop();
    return dataDir;
  }

  async function refusalOf(dataDir: string): Promise<string> {
    const refused = await startEmbeddedCloud({ dataDir }).catch((error: unknown) => error);
    return refused instanceof BadInput ? refused.message : `not refused: ${String(refused)}`;
  }

  const damagedMessage = (directory: string): string =>
    `the data in ${directory} is damaged: restore it from a backup, or move the directory away to start empty (what was found and decided so far is lost)`;
});

describe('the catalogue of resources', () => {
  it('gives functions on AWS six of their timeouts before a message comes again', () => {
    expect(visibilitySeconds('results')).toBe(360);
    expect(visibilitySeconds('remediation')).toBe(720);
  });
});
