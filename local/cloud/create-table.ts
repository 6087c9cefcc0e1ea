import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../core/deployment/resources.ts';

const LOOKS = 500;
const LOOK_EVERY_MS = 10;

/** Makes the table of `core/deployment/resources.ts` under a name, and resolves once it takes writes. */
export async function createTable(client: DynamoDBDocumentClient, name: string): Promise<void> {
  const keys = [TABLE, ...TABLE.indexes].flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
  const schema = (of: { partitionKey: string; sortKey: string }) => [
    { AttributeName: of.partitionKey, KeyType: 'HASH' as const },
    { AttributeName: of.sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
      KeySchema: schema(TABLE),
      GlobalSecondaryIndexes: TABLE.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
  await untilActive(client, name);
}

async function untilActive(client: DynamoDBDocumentClient, name: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (table?.TableStatus === 'ACTIVE') return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`table ${name} did not become active`);
}
