import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refused } from '../../../../core/errors.ts';
import type { ClosurePlan, ClosureRequest } from '../../../../core/remediation/security-groups/closure-plan.ts';
import { planClosure } from '../../../../core/remediation/security-groups/plan-closure.ts';
import { planInverse } from '../../../../core/remediation/security-groups/plan-inverse.ts';
import { proveClosure } from '../../../../core/remediation/security-groups/prove-closure.ts';
import { simulate } from '../../../../core/remediation/security-groups/simulate.ts';
import { standingOf } from '../../../../core/remediation/security-groups/standing.ts';
import { aRule, from } from '../../../builders/cloud-network.ts';
import { LISTS, closure } from './arbitrary-closures.ts';
import { SmallEc2, textsOf } from './small-ec2.ts';
import { admitted, expectedAfter } from './traffic-oracle.ts';

const without = (left: ReadonlySet<string>, right: ReadonlySet<string>) => [...left].filter((one) => !right.has(one));

/** undefined: refused because nothing public reaches the port, and the oracle agrees. */
function plannedOrNothing(request: ClosureRequest): ClosurePlan | undefined {
  try {
    return planClosure(request);
  } catch (error) {
    const { must, may } = expectedAfter(request.rules, LISTS, request);
    const nothing = must.size + may.size === admitted(request.rules, LISTS).size;
    if (error instanceof Refused && nothing) return undefined;
    throw error;
  }
}

describe('closing a port of random groups', () => {
  it('leaves exactly what was let in before without the port from public sources, in 2,500 random cases', () => {
    let planned = 0;
    fc.assert(
      fc.property(closure, (request) => {
        const plan = plannedOrNothing(request);
        if (!plan) return;
        planned += 1;
        const before = admitted(request.rules, LISTS);
        const { must, may } = expectedAfter(request.rules, LISTS, request);
        const ec2 = new SmallEc2(request.rules);
        for (const step of plan.steps) {
          ec2.apply(step);
          const now = admitted(ec2.read(), LISTS);
          expect(without(now, before)).toEqual([]);
          expect(without(must, now)).toEqual([]);
        }
        const after = admitted(ec2.read(), LISTS);
        expect(without(must, after)).toEqual([]);
        expect(without(after, must).filter((line) => !may.has(line))).toEqual([]);
        expect(textsOf(ec2.read())).toEqual(textsOf(simulate(request.rules, plan.steps)));
        proveClosure(request.rules, ec2.read(), plan.target, LISTS);
      }),
      { numRuns: 2_500 },
    );
    console.log(`${planned} of 2,500 random requests were planned; the others had nothing public to close`);
    expect(planned).toBeGreaterThan(2_000);
  }, 120_000);

  it('is never more rules than the quota delta says, and touches only what covers the port', () => {
    fc.assert(
      fc.property(closure, (request) => {
        const plan = plannedOrNothing(request);
        if (!plan) return;
        const ops = plan.steps.map(({ op }) => op);
        expect(ops).toEqual([...ops].sort());
        const ids = plan.steps.flatMap((step) => (step.op === 'authorize' ? [] : [step.ruleId])).sort();
        expect(plan.touches).toEqual(ids);
        const added = ops.includes('authorize');
        expect(plan.quotaDelta.length > 0).toBe(added);
        for (const { used, delta } of plan.quotaDelta) {
          const tight = (limit: number) => planClosure({ ...request, quota: { ingressRulesPerGroup: limit } });
          expect(() => tight(used + delta - 1)).toThrow(Refused);
        }
        const room = Math.max(0, ...plan.quotaDelta.map(({ used, delta }) => used + delta));
        expect(planClosure({ ...request, quota: { ingressRulesPerGroup: room } })).toEqual(plan);
      }),
      { numRuns: 500 },
    );
  });

  it('is known after every step and at every repetition, and what remains then leads to the end', () => {
    fc.assert(
      fc.property(closure, (request) => {
        const plan = plannedOrNothing(request);
        if (!plan) return;
        const { before, after, steps } = plan;
        const ec2 = new SmallEc2(request.rules);
        expect(standingOf(ec2.read(), before, after, steps)).toEqual({ kind: 'before' });
        for (const [index, step] of steps.entries()) {
          ec2.apply(step);
          const remaining = steps.slice(index + 1);
          const expected = remaining.length === 0 ? { kind: 'after' } : { kind: 'partial', remaining };
          expect(standingOf(ec2.read(), before, after, steps)).toEqual(expected);
          expect(textsOf(simulate(ec2.read(), [step]))).toEqual(textsOf(ec2.read()));
          const resumed = new SmallEc2(ec2.read());
          for (const rest of remaining) resumed.apply(rest);
          expect(standingOf(resumed.read(), before, after, steps)).toEqual({ kind: 'after' });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('comes back from any step, itself resumable at any step, with the old ids where the rules still exist', () => {
    fc.assert(
      fc.property(closure, fc.nat(), (request, stop) => {
        const plan = plannedOrNothing(request);
        if (!plan) return;
        const original = admitted(request.rules, LISTS);
        const ec2 = new SmallEc2(request.rules);
        for (const step of plan.steps.slice(0, stop % (plan.steps.length + 1))) ec2.apply(step);
        const least = admitted(ec2.read(), LISTS);
        const standing = new Set([...ec2.read().values()].flat().map(({ id }) => id));
        const whole = planInverse(ec2.read(), plan);
        for (const step of whole) {
          const [next] = planInverse(ec2.read(), plan);
          expect(next).toEqual(step);
          ec2.apply(step);
          const now = admitted(ec2.read(), LISTS);
          expect(without(now, original)).toEqual([]);
          expect(without(least, now)).toEqual([]);
        }
        expect(planInverse(ec2.read(), plan)).toEqual([]);
        expect(textsOf(ec2.read())).toEqual(textsOf(request.rules));
        expect(admitted(ec2.read(), LISTS)).toEqual(original);
        const now = new Map([...ec2.read().values()].flat().map((rule) => [rule.id, rule]));
        const survivors = [...request.rules.values()].flat().filter(({ id }) => standing.has(id));
        for (const rule of survivors) expect(now.get(rule.id)).toEqual(rule);
      }),
      { numRuns: 600 },
    );
  });

  it('is drift, forwards and backwards, when somebody adds a rule or removes one that the plan leaves alone', () => {
    const foreign = aRule({ id: 'sgr-foreign', fromPort: 443, toPort: 443, source: from('8.8.4.0/24') });
    fc.assert(
      fc.property(closure, fc.nat(), (request, stop) => {
        const plan = plannedOrNothing(request);
        if (!plan) return;
        const ec2 = new SmallEc2(request.rules);
        for (const step of plan.steps.slice(0, stop % (plan.steps.length + 1))) ec2.apply(step);
        const live = ec2.read();
        const added = new Map(live).set('sg-1', [...(live.get('sg-1') ?? []), foreign]);
        expect(standingOf(added, plan.before, plan.after, plan.steps)).toMatchObject({
          kind: 'drifted',
          why: expect.stringContaining('sgr-foreign'),
        });
        expect(() => planInverse(added, plan)).toThrow(/sgr-foreign/);
        const untouched = [...request.rules.values()].flat().find(({ id }) => !plan.touches.includes(id));
        if (!untouched) return;
        const { groupId, id } = untouched;
        const removed = new Map(live).set(
          groupId,
          (live.get(groupId) ?? []).filter((rule) => rule.id !== id),
        );
        expect(standingOf(removed, plan.before, plan.after, plan.steps)).toMatchObject({
          kind: 'drifted',
          why: expect.stringContaining(id),
        });
        expect(() => planInverse(removed, plan)).toThrow(Refused);
      }),
      { numRuns: 300 },
    );
  });
});
