import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBDocumentClient, QueryCommandInput, UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { batchDelete, batchGet, batchPut } from './batches.ts';
import type { Item } from './body.ts';
import type { Key } from './keys.ts';
import { isConditionFailure, StoreFailure } from './store-errors.ts';

export interface Condition {
  readonly expression: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface Range {
  /** Base table when absent; its reads are strongly consistent unless they may lag, those of an index cannot be. */
  readonly index?: 'gsi1' | 'gsi2';
  readonly partition: string;
  /** DynamoDB takes one condition on the sort key. */
  readonly bound?: { readonly sign: '>=' | '<'; readonly key: string };
  readonly newestFirst?: boolean;
  /** Eventually consistent, at half the price. */
  readonly mayLag?: boolean;
  readonly pageSize?: number;
}

/** The single table: each call one request, SDK errors told as StoreFailure with their cause, failed conditions as false or undefined. */
export class Table {
  readonly #client: DynamoDBDocumentClient;
  readonly #name: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#name = tableName;
  }

  /** Strongly consistent. */
  async get(key: Key): Promise<Item | undefined> {
    const command = new GetCommand({ TableName: this.#name, Key: keyOnly(key), ConsistentRead: true });
    const { Item: item } = await told(`read ${nameOf(key)}`, this.#client.send(command));
    return item as Item | undefined;
  }

  /** Strongly consistent, any number of different keys, in any order; missing items are absent. */
  getMany(keys: readonly Key[]): Promise<Item[]> {
    return told(`read ${keys.length} items`, batchGet(this.#client, this.#name, keys.map(keyOnly)));
  }

  putMany(items: readonly Item[]): Promise<void> {
    return told(`write ${items.length} items`, batchPut(this.#client, this.#name, items));
  }

  deleteMany(keys: readonly Key[]): Promise<void> {
    return told(`delete ${keys.length} items`, batchDelete(this.#client, this.#name, keys.map(keyOnly)));
  }

  /** Resolves to false when the condition failed. */
  async put(item: Item, condition: Condition): Promise<boolean> {
    const command = new PutCommand({ TableName: this.#name, Item: item, ...conditionInput(condition) });
    return (await unlessRefused(`write ${nameOf(item)}`, this.#client.send(command))) !== undefined;
  }

  /** Resolves to the attributes asked for by `returns` (`{}` when there are none), or undefined when the condition failed. */
  async update(
    key: Key,
    expression: string,
    condition: Condition,
    returns: NonNullable<UpdateCommandInput['ReturnValues']>,
  ): Promise<Record<string, unknown> | undefined> {
    const command = new UpdateCommand({
      TableName: this.#name,
      Key: keyOnly(key),
      UpdateExpression: expression,
      ReturnValues: returns,
      ...conditionInput(condition),
    });
    const output = await unlessRefused(`write ${nameOf(key)}`, this.#client.send(command));
    return output && (output.Attributes ?? {});
  }

  /** Resolves to whether there was an item and it was deleted. */
  async delete(key: Key, condition: Condition): Promise<boolean> {
    const command = new DeleteCommand({ TableName: this.#name, Key: keyOnly(key), ...conditionInput(condition) });
    return (await unlessRefused(`delete ${nameOf(key)}`, this.#client.send(command))) !== undefined;
  }

  /** The items of one partition in order of their sort key, fetched page by page as they are asked for. */
  async *query(range: Range): AsyncGenerator<Item> {
    let start: Record<string, unknown> | undefined;
    do {
      const command = new QueryCommand({ TableName: this.#name, ExclusiveStartKey: start, ...queryInput(range) });
      const page = await told(`list ${range.partition}`, this.#client.send(command));
      yield* (page.Items ?? []) as Item[];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  async queryAll(range: Range): Promise<Item[]> {
    const items: Item[] = [];
    for await (const item of this.query(range)) items.push(item);
    return items;
  }
}

export const EXISTS: Condition = { expression: 'attribute_exists(#pk)', names: { '#pk': 'pk' } };
export const ABSENT: Condition = { expression: 'attribute_not_exists(#pk)', names: { '#pk': 'pk' } };

function queryInput(range: Range): Omit<QueryCommandInput, 'TableName'> {
  const [pk, sk] = range.index === undefined ? ['pk', 'sk'] : [`${range.index}pk`, `${range.index}sk`];
  const { bound } = range;
  return {
    ...(range.index === undefined ? { ConsistentRead: range.mayLag !== true } : { IndexName: range.index }),
    KeyConditionExpression: bound ? `#pk = :pk AND #sk ${bound.sign} :sk` : '#pk = :pk',
    ExpressionAttributeNames: { '#pk': pk, ...(bound && { '#sk': sk }) },
    ExpressionAttributeValues: { ':pk': range.partition, ...(bound && { ':sk': bound.key }) },
    ScanIndexForward: range.newestFirst !== true,
    Limit: range.pageSize,
  };
}

function conditionInput(condition: Condition) {
  return {
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: condition.names,
    ...(condition.values ? { ExpressionAttributeValues: condition.values } : {}),
  };
}

function keyOnly(key: Key): Key {
  return { pk: key.pk, sk: key.sk };
}

function nameOf(key: Key): string {
  return `pk=${key.pk} sk=${key.sk}`;
}

async function told<T>(doing: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (thrown) {
    throw new StoreFailure(doing, thrown);
  }
}

async function unlessRefused<T>(doing: string, request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (thrown) {
    if (isConditionFailure(thrown)) return undefined;
    throw new StoreFailure(doing, thrown);
  }
}
