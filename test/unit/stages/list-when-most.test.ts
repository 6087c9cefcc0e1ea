import { beforeEach, expect, it } from 'vitest';
import type { AdmittedStore } from '../../../core/ports/admitted-store.ts';
import { listWhenMost } from '../../../core/stages/list-when-most.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const ADDRESSES = Array.from({ length: 8 }, (_, i) => `192.0.2.${i}`);
const { admitted } = makeMemoryStores();
let calls: string[] = [];
const counted: AdmittedStore = {
  get: (address) => admitted.get(address),
  async getMany(addresses) {
    calls.push(`each of ${addresses.length}`);
    return admitted.getMany(addresses);
  },
  save: (one) => admitted.save(one),
  async list() {
    calls.push('all');
    return admitted.list();
  },
  removeAll: (addresses) => admitted.removeAll(addresses),
};

beforeEach(async () => {
  calls = [];
  await admitted.removeAll(ADDRESSES);
  for (const address of ADDRESSES) await admitted.save(anAdmitted({ version: 0, address }));
});

it.each([
  [1, 'each of 1'],
  [2, 'all'],
  [8, 'all'],
])('gives the same %i records of 8, read one way or the other', async (count, how) => {
  const some = ADDRESSES.slice(0, count);
  const expected = await admitted.getMany(some);
  expect(await listWhenMost(counted, 8).getMany(some)).toEqual(expected);
  expect(calls).toEqual([how]);
});

it('leaves out what is not stored, and sees what was written since', async () => {
  const store = listWhenMost(counted, 8);
  await store.removeAll(['192.0.2.1']);
  expect([...(await store.getMany(['192.0.2.1', '192.0.2.2'])).keys()]).toEqual(['192.0.2.2']);
  await store.save(anAdmitted({ version: 0, address: '192.0.2.1' }));
  expect((await store.getMany(['192.0.2.1', '192.0.2.2'])).size).toBe(2);
});
