import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../../core/deployment/resources.ts';
import { createTable } from '../../../local/cloud/create-table.ts';

let tables = 0;

/** Makes an empty table with the keys and indexes of the real one, and resolves to its name. */
export async function makeTable(client: DynamoDBDocumentClient): Promise<string> {
  tables += 1;
  const name = `${TABLE.name}-${process.pid}-${tables}`;
  await createTable(client, name);
  return name;
}
