import { expect } from 'vitest';
import { Refused } from '../../../core/errors.ts';
import type { ChangeOutcome } from '../../../core/remediation/outcome.ts';
import type { Plan, PlanState, RemediationRequest } from '../../../core/remediation/plan.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import type { RulesByGroup } from '../../../core/remediation/security-groups/closure-plan.ts';
import { rulesFrom } from '../../../core/remediation/security-groups/describe-rules.ts';
import { admitted, expectedAfter } from '../../unit/remediation/security-groups/traffic-oracle.ts';
import { WRITES } from '../aws/fault-proxy.ts';
import { type FaultCase, faultRule } from './fault-case.ts';
import { type Edit, edited, foreignEdit } from './foreign-edit.ts';
import type { LabBehindProxy } from './fresh-lab.ts';
import { approved, cloudProcess, type CloudProcess, labWorld, useCloud } from './lab-world.ts';
import { mortalProcess } from './mortal-process.ts';
import { linesOf } from './rules-on-the-wire.ts';
import type { World } from './world.ts';

/** What SQS allows: then the message is a dead letter, and the reconciler asks again. */
const DELIVERIES = 5;
/** Longer than a crashed process can keep the lock. */
const LEASE_OVER_MS = 61_000;

const ACTIONS = { authorize: WRITES[0], modify: WRITES[1], revoke: WRITES[2] } as const;

/**
 * Where the rules are at the end, besides what somebody else edited. `edited`: exactly as they were right after the edit. `covered`: they
 * let in what was let in before, by more rules than before. `between`: none of these.
 */
export type EndState = 'before' | 'after' | 'edited' | 'covered' | 'between';

export interface FaultResult {
  readonly states: readonly EndState[];
  readonly plan: PlanState;
  /** Calls that were broken. */
  readonly hits: number;
  /** The change could not be ended while the fault lasted, and was when it had passed. */
  readonly outlasted: boolean;
}

const missing = (wanted: ReadonlySet<string>, held: ReadonlySet<string>) => [...wanted].filter((one) => !held.has(one));

/** One change with one trouble: everything that must hold whatever happens is asserted here. null: the port is not let in, nothing is planned. */
export async function runFaultCase(tools: LabBehindProxy, one: FaultCase): Promise<FaultResult | null> {
  const { lab, proxy } = tools;
  proxy.onWrite = async () => undefined;
  proxy.set(null);
  await lab.load(one.closure.rules);
  // Anew for each case: its clients remember how often they had to retry.
  const cloud = cloudProcess(proxy.url);
  try {
    const run = await FaultRun.start(tools, cloud, one);
    return run === null ? null : await run.end();
  } finally {
    proxy.onWrite = async () => undefined;
    proxy.set(null);
    cloud.destroy();
  }
}

interface RunState {
  readonly world: World;
  readonly request: RemediationRequest;
  readonly before: RulesByGroup;
  readonly plan: Plan;
}

class FaultRun {
  readonly #tools: LabBehindProxy;
  readonly #cloud: CloudProcess;
  readonly #one: FaultCase;
  readonly #world: World;
  readonly #request: RemediationRequest;
  readonly #before: RulesByGroup;
  readonly #plan: Plan;
  /** What must be admitted at every moment, and all that may be. */
  #least: Set<string>;
  #most: Set<string>;
  #edit: Edit = { added: null, removed: null };
  #asEdited: string[] | null = null;
  #killed = 0;
  readonly #wrong: string[] = [];

  private constructor(tools: LabBehindProxy, cloud: CloudProcess, one: FaultCase, state: RunState) {
    this.#tools = tools;
    this.#cloud = cloud;
    this.#one = one;
    this.#world = state.world;
    this.#request = state.request;
    this.#before = state.before;
    this.#plan = state.plan;
    this.#most = this.#admittedBy(state.before);
    this.#least = this.#expected(state.before).must;
  }

  static async start(tools: LabBehindProxy, cloud: CloudProcess, one: FaultCase): Promise<FaultRun | null> {
    const { lab } = tools;
    const before = await lab.live();
    const { family, protocol, port } = one.closure;
    const world = await labWorld(cloud, { address: family === 'v6' ? lab.v6 : lab.v4, protocol, port });
    try {
      const apply = await approved(world);
      if (one.phase === 'rollback') await runChange(world.ports, apply);
      const request: RemediationRequest = one.phase === 'apply' ? apply : { ...apply, action: 'rollback' };
      return new FaultRun(tools, cloud, one, { world, request, before, plan: await world.plan(apply.planId) });
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  async end(): Promise<FaultResult> {
    const { proxy, lab } = this.#tools;
    proxy.onWrite = () => this.#check();
    const killed = this.#breakSomething();
    if (this.#one.trouble === 'edited-before-run') await this.#makeEdit();
    let outcome = await this.#deliver(killed);
    const hits = this.#killed + proxy.hits;
    const outlasted = outcome === null;
    if (outlasted) {
      proxy.set(null);
      outcome = await this.#deliver(null);
    }
    await this.#check();
    expect(this.#wrong).toEqual([]);
    const plan = await this.#world.plan(this.#request.planId);
    const states = this.#statesOf(await lab.live());
    await this.#expectTold(plan);
    return { states, plan: plan.state, hits, outlasted };
  }

  /** Sets the proxy; resolves when the process is dead, if it is to die. */
  #breakSomething(): Promise<void> | null {
    const { proxy } = this.#tools;
    const { trouble, phase } = this.#one;
    const { steps, inverse } = this.#plan.body;
    const writes = (phase === 'apply' ? steps : inverse).flatMap((step) =>
      'ruleId' in step || step.op === 'authorize' ? [ACTIONS[step.op]] : [],
    );
    const rule = faultRule(this.#one, writes);
    if (trouble === 'edited-before-run') return null;
    if (trouble === 'edited-between-calls') {
      proxy.set({
        ...rule,
        times: 1,
        fault: async (_, forward) => {
          await this.#makeEdit();
          return forward();
        },
      });
      return null;
    }
    if (trouble !== 'killed-before' && trouble !== 'killed-after') {
      proxy.set(rule);
      return null;
    }
    const process = mortalProcess(this.#cloud, proxy, rule, trouble === 'killed-after');
    useCloud(this.#world, process);
    return process.killed;
  }

  /** As SQS delivers; null: every delivery threw. */
  async #deliver(killed: Promise<void> | null): Promise<ChangeOutcome | null> {
    const first = runChange(this.#world.ports, this.#request).catch(() => null);
    const outcome = await (killed === null ? first : Promise.race([first, killed]));
    if (outcome) return outcome;
    if (killed !== null) await this.#startAnew();
    for (let delivery = 2; delivery <= DELIVERIES; delivery += 1) {
      this.#world.later(1_000);
      const next = await runChange(this.#world.ports, this.#request).catch(() => null);
      if (next) return next;
    }
    return null;
  }

  /** The dead process's lock keeps the new one out until its lease ends. */
  async #startAnew(): Promise<void> {
    this.#killed += 1;
    this.#tools.proxy.set(null);
    useCloud(this.#world, this.#cloud);
    expect((await runChange(this.#world.ports, this.#request)).kind).toBe('busy');
    this.#world.later(LEASE_OVER_MS);
  }

  /** What the edit adds may be there from now on; what it removes, from the rules before or after, may be missing. */
  async #makeEdit(): Promise<void> {
    const { lab } = this.#tools;
    const touched = this.#plan.body.steps.flatMap((step) => ('ruleId' in step ? [step.ruleId] : []));
    this.#edit = await foreignEdit(lab, this.#one.position, touched);
    this.#asEdited = linesOf(await lab.live());
    for (const rules of [this.#before, this.#after]) {
      const admits = this.#admittedBy(edited(rules, this.#edit));
      this.#most = new Set([...this.#most, ...admits]);
      this.#least = new Set([...this.#least].filter((line) => admits.has(line)));
    }
  }

  /** Nobody who may stay is shut out, and nobody is let in who was not before. Kept for the end: in the proxy an error is a broken call. */
  async #check(): Promise<void> {
    const now = this.#admittedBy(await this.#tools.lab.live());
    this.#wrong.push(...missing(this.#least, now).map((line) => `shut out: ${line}`));
    this.#wrong.push(...missing(now, this.#most).map((line) => `let in: ${line}`));
  }

  /** One state may be several: who removes the rule that is to go makes the change. */
  #statesOf(live: RulesByGroup): EndState[] {
    const { must, may } = this.#expected(this.#before);
    expect(missing(this.#admittedBy(this.#after), new Set([...must, ...may]))).toEqual([]);
    const lines = linesOf(live).join('\n');
    const before = edited(this.#before, this.#edit);
    const states: EndState[] = [];
    if (lines === linesOf(before).join('\n')) states.push('before');
    if (lines === linesOf(edited(this.#after, this.#edit)).join('\n')) states.push('after');
    if (lines === this.#asEdited?.join('\n')) states.push('edited');
    if (states.length > 0) return states;
    return [missing(this.#admittedBy(before), this.#admittedBy(live)).length === 0 ? 'covered' : 'between'];
  }

  /** A change that ended well goes on to be proved; every other end is told. */
  async #expectTold({ state, note }: Plan): Promise<void> {
    const { shards } = this.#world;
    const told = await this.#world.untold();
    if (state === 'applied' && this.#one.phase === 'apply') expect(shards.length).toBeGreaterThan(0);
    if (state === 'refused') expect([told, note]).toEqual([['change-failed'], expect.stringMatching(/./)]);
    if (state === 'failed')
      expect([told, note]).toEqual([expect.arrayContaining(['needs-person']), expect.stringMatching(/./)]);
    if (state === 'rolled-back') expect(told).toContain('rolled-back');
    if (state === 'applied' && this.#one.phase === 'rollback') expect(told).toContain('needs-person');
  }

  #admittedBy(rules: RulesByGroup): Set<string> {
    return admitted(rules, this.#tools.lab.lists);
  }

  get #after(): RulesByGroup {
    const { after } = this.#plan.body;
    if (!('groups' in after)) throw new Error('the plan is not one of security groups');
    return rulesFrom(after.groups);
  }

  #expected(rules: RulesByGroup) {
    const { protocol, port, family } = this.#one.closure;
    return expectedAfter(rules, this.#tools.lab.lists, { protocol, port, family });
  }
}
