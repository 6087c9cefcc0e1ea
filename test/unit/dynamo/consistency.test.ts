import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { makeStores } from '../../../adapters/aws/stores.ts';
import { storedInventory } from '../../../core/assets/stored-inventory.ts';

let consistent: (boolean | undefined)[] = [];

const stores = makeStores(
  {
    async send(command: unknown) {
      if (command instanceof QueryCommand) consistent.push(command.input.ConsistentRead);
      return { Items: [] };
    },
  } as unknown as DynamoDBDocumentClient,
  'table',
);

beforeEach(() => {
  consistent = [];
});

it('lists are up to date unless the caller can wait for what was written in the last second', async () => {
  await stores.assets.list();
  await stores.fingerprints.list();
  await stores.admitted.list();
  await stores.whitelist.list();
  expect(new Set(consistent)).toEqual(new Set([true]));
});

it('what is planned again at the next turn is read at half the price', async () => {
  await storedInventory(stores.assets).list();
  await stores.fingerprints.list({ mayLag: true });
  expect(consistent).toHaveLength(16);
  expect(new Set(consistent)).toEqual(new Set([false]));
});
