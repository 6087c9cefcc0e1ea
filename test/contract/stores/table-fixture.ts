import { setTimeout as wait } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../../core/deployment/resources.ts';

let tables = 0;

/** Makes an empty table with the keys and indexes of the real one, and resolves to its name. */
export async function makeTable(client: DynamoDBDocumentClient): Promise<string> {
  tables += 1;
  const name = `${TABLE.name}-${process.pid}-${tables}`;
  const keys = [TABLE, ...TABLE.indexes];
  const schema = (of: { partitionKey: string; sortKey: string }) => [
    { AttributeName: of.partitionKey, KeyType: 'HASH' as const },
    { AttributeName: of.sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys
        .flatMap((of) => [of.partitionKey, of.sortKey])
        .map((attribute) => ({ AttributeName: attribute, AttributeType: 'S' as const })),
      KeySchema: schema(TABLE),
      GlobalSecondaryIndexes: TABLE.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: schema(index),
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
  );
  await untilActive(client, name);
  return name;
}

async function untilActive(client: DynamoDBDocumentClient, name: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (table?.TableStatus === 'ACTIVE') return;
    await wait(attempt < 20 ? 2 : 100);
  }
  throw new Error(`table ${name} did not become active`);
}
