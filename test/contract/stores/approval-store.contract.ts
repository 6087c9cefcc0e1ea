import { describe, expect, it } from 'vitest';
import { ApprovalState } from '../../../core/approvals/approval.ts';
import { NotFound } from '../../../core/errors.ts';
import type { ApprovalStore } from '../../../core/ports/stores.ts';
import { anApproval } from '../../builders/approval.ts';
import { itKeepsVersions } from './versioned.contract.ts';

const ID = 'a-0000000000000001';
const NOW = '2026-03-01T10:00:00.000Z';
const EXPIRY = '2026-03-02T09:00:00.000Z';

export function describeApprovalStore(name: string, make: () => Promise<ApprovalStore>): void {
  describe(`approval store ${name}`, () => {
    itKeepsVersions({
      make,
      entity: (id) => anApproval({ id }),
      withText: (approval, outcome) => ({ ...approval, outcome }),
      withVersion: (approval, version) => ({ ...approval, version }),
      idOf: (approval) => approval.id,
    });

    it.each(['approved', 'denied'] as const)('writes down that it was %s, by whom and when', async (decision) => {
      const store = await make();
      await store.save(anApproval());
      const approval = { ...anApproval(), version: 2, state: decision, decidedBy: 'alice', decidedAt: NOW };
      expect(await store.decide(ID, decision, 'alice', NOW)).toEqual({ kind: 'decided', approval });
      expect(await store.get(ID)).toEqual(approval);
    });

    it('keeps how it is known who decided', async () => {
      const store = await make();
      await store.save(anApproval());
      const as = { how: 'oidc', name: 'alice', subject: '00u1', email: 'alice@example.com' } as const;
      const { approval } = await store.decide(ID, 'approved', 'alice (signed in)', NOW, as);
      expect(approval.decidedAs).toEqual(as);
      expect(await store.get(ID)).toEqual(approval);
      expect((await store.decide(ID, 'denied', 'bob', NOW, { ...as, name: 'bob' })).approval).toEqual(approval);
    });

    it('answers a second decision with the first', async () => {
      const store = await make();
      await store.save(anApproval());
      const first = await store.decide(ID, 'approved', 'alice', NOW);
      const second = await store.decide(ID, 'denied', 'bob', '2026-03-01T10:00:05.000Z');
      expect(second).toEqual({ kind: 'already', approval: first.approval });
      expect(await store.decide(ID, 'approved', 'alice', EXPIRY)).toEqual(second);
      expect(await store.get(ID)).toEqual(first.approval);
    });

    it.each(['done', 'failed'] as const)(
      'answers a decision on one that is %s with what was decided',
      async (state) => {
        const store = await make();
        const approval = await store.save(anApproval({ state, decidedBy: 'alice', decidedAt: NOW }));
        expect(await store.decide(ID, 'denied', 'bob', NOW)).toEqual({ kind: 'already', approval });
      },
    );

    it('lets one of 20 deciders at the same moment decide, and tells the others who it was', async () => {
      const store = await make();
      await store.save(anApproval());
      const decisions = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.decide(ID, i % 2 ? 'approved' : 'denied', `person ${i}`, NOW)),
      );
      const decided = decisions.filter((decision) => decision.kind === 'decided');
      const already = decisions.filter((decision) => decision.kind === 'already');
      expect(decided).toHaveLength(1);
      expect(already).toHaveLength(19);
      const stored = await store.get(ID);
      expect(stored?.version).toBe(2);
      for (const decision of decisions) expect(decision.approval).toEqual(stored);
    });

    it('decides up to the last millisecond and not after', async () => {
      const store = await make();
      const pending = await store.save(anApproval());
      for (const late of [EXPIRY, '2026-03-02T09:00:00.001Z', '2027-01-01T00:00:00.000Z']) {
        expect(await store.decide(ID, 'approved', 'alice', late)).toEqual({ kind: 'expired', approval: pending });
      }
      expect(await store.get(ID)).toEqual(pending);
      expect((await store.decide(ID, 'approved', 'alice', '2026-03-02T08:59:59.999Z')).kind).toBe('decided');
    });

    it('does not decide what housekeeping has marked expired', async () => {
      const store = await make();
      const approval = await store.save(anApproval({ state: 'expired' }));
      expect(await store.decide(ID, 'approved', 'alice', NOW)).toEqual({ kind: 'expired', approval });
    });

    it('says that there is no such approval', async () => {
      const store = await make();
      await expect(store.decide('a-none', 'approved', 'alice', NOW)).rejects.toThrow(NotFound);
      await expect(store.decide('a-none', 'approved', 'alice', NOW)).rejects.toThrow('There is no approval a-none.');
    });

    it('decides although something else about it is being written', async () => {
      const store = await make();
      const pending = await store.save(anApproval());
      const [noted, decision] = await Promise.allSettled([
        store.save({ ...pending, outcome: 'noted' }),
        store.decide(ID, 'approved', 'alice', NOW),
      ]);
      expect(decision).toMatchObject({ status: 'fulfilled', value: { kind: 'decided' } });
      const stored = await store.get(ID);
      expect(stored?.state).toBe('approved');
      expect(stored?.outcome).toBe(noted.status === 'fulfilled' ? 'noted' : null);
    });

    it('lists as unfinished what is pending, approved, or denied and not done with', async () => {
      const store = await make();
      for (const state of ApprovalState.options) await store.save(anApproval({ id: `a-${state}`, state }));
      expect((await store.listUnfinished()).map((approval) => approval.state)).toEqual([
        'approved',
        'denied',
        'pending',
      ]);
      const { approval } = await store.decide('a-pending', 'denied', 'alice', NOW);
      await store.save({ ...approval, outcome: 'nothing was changed' });
      expect((await store.listUnfinished()).map(({ id }) => id)).toEqual(['a-approved', 'a-denied']);
    });

    it('keeps an approval unfinished once it is approved, until it is done', async () => {
      const store = await make();
      await store.save(anApproval());
      const { approval } = await store.decide(ID, 'approved', 'alice', NOW);
      expect(await store.listUnfinished()).toEqual([approval]);
      await store.save({ ...approval, state: 'done', outcome: 'closed and verified' });
      expect(await store.listUnfinished()).toEqual([]);
    });
  });
}
