import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { eachLimited } from '../../core/stages/each-limited.ts';
import type { Pipeline } from './pipeline.ts';

/** As many writes under way as ingest has. */
const CONCURRENCY = 16;
/** Characters: about a fingerprint. */
const BODY = 'x'.repeat(1_000);

/** The floor of the store: one conditional put of an item without index entries for each address, with the SDK. */
export async function plainPuts({ clients, tableName }: Pipeline, addresses: readonly string[], version: number) {
  const startedAt = performance.now();
  await eachLimited(addresses, CONCURRENCY, async (address) => {
    await clients.documents.send(
      new PutCommand({
        TableName: tableName,
        Item: { pk: 'BENCH', sk: address, version: version + 1, body: BODY },
        ConditionExpression: 'attribute_not_exists(#pk) OR #version = :version',
        ExpressionAttributeNames: { '#pk': 'pk', '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      }),
    );
  });
  return { addresses: addresses.length, seconds: (performance.now() - startedAt) / 1_000 };
}
