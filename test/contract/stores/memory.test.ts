import { makeMemoryStores } from '../../support/memory/stores.ts';
import { describeEveryStore } from './every-store.contract.ts';

describeEveryStore('in memory', () => Promise.resolve(makeMemoryStores()));
