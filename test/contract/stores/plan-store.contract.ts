import { describe, expect, it } from 'vitest';
import type { PlanStore } from '../../../core/ports/stores.ts';
import { PlanState } from '../../../core/remediation/plan.ts';
import { aPlan } from '../../builders/plan.ts';
import { itKeepsVersions } from './versioned.contract.ts';

export function describePlanStore(name: string, make: () => Promise<PlanStore>): void {
  describe(`plan store ${name}`, () => {
    itKeepsVersions({
      make,
      entity: (id) => aPlan({ id }),
      withText: (plan, note) => ({ ...plan, note }),
      withVersion: (plan, version) => ({ ...plan, version }),
      idOf: (plan) => plan.id,
    });

    it('lists as unfinished the plans that something must still happen to', async () => {
      const store = await make();
      for (const state of PlanState.options) await store.save(aPlan({ id: `p-${state}`, state }));
      const unfinished = await store.listUnfinished();
      expect(unfinished.map((plan) => plan.state)).toEqual(['applied', 'applying', 'manual', 'rolling-back']);
    });

    it('follows a plan through its states', async () => {
      const store = await make();
      const proposed = await store.save(aPlan());
      expect(await store.listUnfinished()).toEqual([]);
      const applying = await store.save({ ...proposed, state: 'applying' });
      expect(await store.listUnfinished()).toEqual([applying]);
      const applied = await store.save({ ...applying, state: 'applied', note: 'second' });
      expect(await store.listUnfinished()).toEqual([applied]);
      const verified = await store.save({ ...applied, state: 'verified' });
      expect(await store.listUnfinished()).toEqual([]);
      const back = await store.save({ ...verified, state: 'rolling-back' });
      expect(await store.listUnfinished()).toEqual([back]);
    });
  });
}
