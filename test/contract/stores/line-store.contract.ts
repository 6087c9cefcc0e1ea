import { describe, expect, it } from 'vitest';
import type { LineStore } from '../../../core/ports/line-store.ts';
import { aChangeLine } from '../../builders/change-line.ts';
import { itKeepsVersions } from './versioned.contract.ts';

export function describeLineStore(name: string, make: () => Promise<LineStore>): void {
  describe(`line store ${name}`, () => {
    itKeepsVersions({
      make,
      entity: (account) => aChangeLine({ account }),
      withText: (line, why) => ({ ...line, failures: line.failures.map((failure) => ({ ...failure, why })) }),
      withVersion: (line, version) => ({ ...line, version }),
      idOf: (line) => line.account,
    });

    it('follows a line that stops and is resumed', async () => {
      const store = await make();
      const [first] = aChangeLine().failures;
      const running = await store.save(aChangeLine({ failures: [first!], stoppedAt: null }));
      const stopped = await store.save({ ...aChangeLine(), version: running.version });
      expect(await store.get('111122223333')).toEqual(stopped);
      const resumed = await store.save({ ...stopped, failures: [], stoppedAt: null });
      expect(await store.list()).toEqual([resumed]);
    });
  });
}
