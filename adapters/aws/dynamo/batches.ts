import { BatchGetCommand, BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { BatchWriteCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Item } from './body.ts';
import type { Key } from './keys.ts';

/** Limits of BatchGetItem and BatchWriteItem. */
const KEYS_PER_GET = 100;
const ITEMS_PER_WRITE = 25;

/** Batches under way at once: enough to hide the round trip, few enough for one connection pool. */
const PARALLEL = 4;

/** Attempts in a row without progress before a batch is an error; waits grow from 50 ms to 1.6 s, with jitter. */
const MAX_FRUITLESS = 6;
const FIRST_WAIT_MS = 50;

type WriteRequest = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

/** Strongly consistent; missing items are absent. `keys` must differ. */
export async function batchGet(client: DynamoDBDocumentClient, table: string, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  await inParallel(chunksOf(keys, KEYS_PER_GET), (chunk) =>
    untilProcessed(chunk, async (left: readonly Record<string, unknown>[]) => {
      const command = new BatchGetCommand({ RequestItems: { [table]: { Keys: [...left], ConsistentRead: true } } });
      const output = await client.send(command);
      for (const item of output.Responses?.[table] ?? []) items.push(item as Item);
      return output.UnprocessedKeys?.[table]?.Keys ?? [];
    }),
  );
  return items;
}

export function batchPut(client: DynamoDBDocumentClient, table: string, items: readonly Item[]): Promise<void> {
  return batchWrite(
    client,
    table,
    items.map((item) => ({ PutRequest: { Item: item } })),
  );
}

export function batchDelete(client: DynamoDBDocumentClient, table: string, keys: readonly Key[]): Promise<void> {
  return batchWrite(
    client,
    table,
    keys.map((key) => ({ DeleteRequest: { Key: key } })),
  );
}

async function batchWrite(client: DynamoDBDocumentClient, table: string, requests: WriteRequest[]): Promise<void> {
  await inParallel(chunksOf(requests, ITEMS_PER_WRITE), (chunk) =>
    untilProcessed(chunk, async (left) => {
      const output = await client.send(new BatchWriteCommand({ RequestItems: { [table]: [...left] } }));
      return output.UnprocessedItems?.[table] ?? [];
    }),
  );
}

/** Repeats what the table left unprocessed. @throws when it makes no progress any more. */
async function untilProcessed<T>(all: readonly T[], attempt: (left: readonly T[]) => Promise<readonly T[]>) {
  let left = all;
  let fruitless = 0;
  while (left.length > 0) {
    const before = left.length;
    left = await attempt(left);
    if (left.length === 0) return;
    fruitless = left.length < before ? 0 : fruitless + 1;
    if (fruitless >= MAX_FRUITLESS) {
      throw new Error(
        `the table left ${left.length} of ${all.length} unprocessed after ${MAX_FRUITLESS} more attempts`,
      );
    }
    await wait(FIRST_WAIT_MS * 2 ** fruitless * (0.5 + Math.random() / 2));
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function inParallel<T>(chunks: readonly T[], work: (chunk: T) => Promise<void>): Promise<void> {
  const queue = chunks.values();
  const worker = async () => {
    for (const chunk of queue) await work(chunk);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, chunks.length) }, worker));
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < all.length; i += size) chunks.push(all.slice(i, i + size));
  return chunks;
}
