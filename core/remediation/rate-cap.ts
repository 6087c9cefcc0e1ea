import { after, hours, type Instant, msBetween, seconds } from '../time.ts';
import { accountOf } from './change-line.ts';
import type { ChangePorts } from './change-ports.ts';
import { withLock } from './firewall-lock.ts';
import type { ChangeOutcome } from './outcome.ts';
import type { Plan, RemediationRequest } from './plan.ts';
import { tell } from './record.ts';

const WINDOW_MS = hours(1);
/** A request that waits is looked at again after this long at most, seconds: the longest delay of SQS. */
const LONGEST_WAIT_SECONDS = 900;
/** And no sooner than this, seconds. */
const SHORTEST_WAIT_SECONDS = 5;
/** A message that is later than this is taken to be lost, seconds. */
const LATE_SECONDS = 60;

/** The plan as it is then; or from when on there is room; or `busy`: another change of the account is starting. */
export type Started = { kind: 'started'; plan: Plan } | { kind: 'full'; until: Instant } | { kind: 'busy' };

/**
 * Stores the plan as `applying`, if its account has had fewer changes within the last hour than it may have. Counted are the stored plans
 * that were applied, or are being applied: two changes of one account, each under the lock of its own firewall, start one after the other.
 */
export async function startWithinCap(ports: ChangePorts, plan: Plan): Promise<Started> {
  const account = accountOf(plan);
  const started = await withLock(ports, `changes:${account}`, async (): Promise<Started> => {
    const now = ports.clock.now();
    const others = (await ports.plans.list()).filter((other) => other.id !== plan.id && accountOf(other) === account);
    const until = fullUntil(others, ports.changesPerHour, now);
    if (until !== null) return { kind: 'full', until };
    return {
      kind: 'started',
      plan: await ports.plans.save({ ...plan, state: 'applying', note: null, updatedAt: now }),
    };
  });
  return started === 'busy' ? { kind: 'busy' } : started;
}

/** null: there is room for one more. */
function fullUntil(plans: readonly Plan[], cap: number, now: Instant): Instant | null {
  const leaves = plans
    .flatMap(({ state, appliedAt }) => (state === 'applying' ? [now] : (appliedAt ?? [])))
    .map((at) => after(at, WINDOW_MS))
    .filter((at) => at > now)
    .toSorted();
  return leaves[leaves.length - cap] ?? null;
}

/** The request comes again when there is room, or before; people are told the first time. */
export async function waitForRoom(
  ports: ChangePorts,
  plan: Plan,
  request: RemediationRequest,
  until: Instant,
): Promise<ChangeOutcome> {
  const changes = ports.changesPerHour === 1 ? 'one change' : `${ports.changesPerHour} changes`;
  const note = `account ${accountOf(plan)} has had its ${changes} of this hour`;
  if (plan.note !== note) {
    await tell(ports, plan, 'change-waits', `Approved, and it waits for its turn: ${note}. Nothing has to be done.`);
  }
  const now = ports.clock.now();
  const waiting = await ports.plans.save({ ...plan, note, updatedAt: now });
  const delaySeconds = Math.ceil(msBetween(now, until) / 1_000);
  await ports.queue.send(request, {
    delaySeconds: Math.min(Math.max(delaySeconds, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS),
  });
  return { kind: 'waiting', plan: waiting };
}

/** Is its request on the queue with a delay, so that nobody needs to send another? */
export function isWaitingForRoom({ state, note, updatedAt }: Plan, now: Instant): boolean {
  return (
    state === 'proposed' && note !== null && msBetween(updatedAt, now) <= seconds(LONGEST_WAIT_SECONDS + LATE_SECONDS)
  );
}
