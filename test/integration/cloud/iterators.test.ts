import { createRequire } from 'node:module';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { makeCareful } from '../../../local/cloud/careful-level.ts';
import type { DynaliteDb, LevelIterator } from '../../../local/cloud/dynalite.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const require = createRequire(import.meta.url);

it('dynalite closes the iterator of a query that it stops reading, and of one that it reads to the end', async () => {
  const { create } = require('dynalite/db') as DynaliteDb;
  const { db } = create({ path: await temporaryDirectory() });
  await db.open();
  onTestFinished(() => db.close._original());
  const made: (LevelIterator & { next(): Promise<unknown> })[] = [];
  const values = db.values.bind(db);
  db.values = (options) => {
    const iterator = values(options);
    made.push(iterator as (typeof made)[number]);
    return iterator;
  };
  makeCareful(db);
  for (const key of ['a', 'b', 'c']) await new Promise((resolve) => db.put(key, { key }, resolve));

  const stopped = db.createValueStream({ gte: 'a' });
  await once(stopped, 'data');
  stopped.destroy();
  await once(stopped, 'close');
  const read: unknown[] = [];
  for await (const value of db.createValueStream({ gte: 'a' })) read.push(value);

  expect(read).toEqual([{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
  expect(made).toHaveLength(2);
  for (const iterator of made) await expect(iterator.next()).rejects.toMatchObject({ code: 'LEVEL_ITERATOR_NOT_OPEN' });
});
