import * as z from 'zod';
import { LOCAL_ACCOUNT } from '../config/settings.ts';
import { messageOf, NotFound, Refused, VersionConflict } from '../errors.ts';
import { idOf } from '../identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { LineStore } from '../ports/line-store.ts';
import type { AuditLog } from '../ports/stores.ts';
import { days, type Instant, msBetween } from '../time.ts';
import { updateStored } from '../update-stored.ts';
import type { Plan } from './plan.ts';

/** A change that had to be undone because it took a neighbour along or did not close its port. */
const Failure = z.object({ planId: z.string(), appliedAt: z.string().nullable(), at: z.string(), why: z.string() });

/** The changes of one account, which stop when they do harm. No line is stored for an account whose changes never did. */
export const ChangeLine = z.object({
  account: z.string(),
  version: z.number().int(),
  /** Of the last day, since the line was resumed, oldest first. */
  failures: z.array(Failure),
  /** Since when no change is made; null: changes are made. */
  stoppedAt: z.string().nullable(),
});
export type ChangeLine = z.infer<typeof ChangeLine>;

/** "Stop the line after 2 collateral failures" (research/anchors-exposure-remediation.md 5.8). */
const FAILURES = 2;
const WITHIN_MS = days(1);
/** Writers of one line are few: more conflicts in a row than this is a fault. */
const MAX_TRIES = 8;

/** The account whose changes a plan belongs to; `local` for this host. */
export function accountOf({ body }: Pick<Plan, 'body'>): string {
  return body.place?.account ?? LOCAL_ACCOUNT.account;
}

/** Why no change is made in the account of the plan, or null; unreadable, the line counts as stopped. */
export async function reasonInLine({ lines }: { lines: LineStore }, plan: Pick<Plan, 'body'>): Promise<string | null> {
  const account = accountOf(plan);
  try {
    const line = await lines.get(account);
    return line === undefined || line.stoppedAt === null ? null : `${stoppedSentence(line, line.stoppedAt)}.`;
  } catch (error) {
    return `Whether changes in account ${account} are stopped cannot be read (${messageOf(error)}), so they count as stopped.`;
  }
}

/** `Changes in account ... are stopped since ...: ...; look at it, then run portcullis resume ...`, without a full stop. */
export function stoppedSentence({ account, failures }: ChangeLine, since: Instant): string {
  const why = failures.map((failure) => `${failure.why} (plan ${failure.planId})`).join('; ');
  return `Changes in account ${account} are stopped since ${since}, because ${failures.length} had to be undone within a day: ${why}. When you have looked at it, run portcullis resume ${account}`;
}

/**
 * Counts a change that is about to be undone; the same one counts once. Resolves to the line when this one stopped it, also when it is
 * called again for it: telling people of that must follow.
 */
export async function countFailure(
  { lines, clock }: { lines: LineStore; clock: Clock },
  plan: Plan,
  why: string,
): Promise<ChangeLine | null> {
  const account = accountOf(plan);
  const { id: planId, appliedAt } = plan;
  for (let attempt = 1; ; attempt += 1) {
    const line = (await lines.get(account)) ?? { account, version: 0, failures: [], stoppedAt: null };
    // One plan may be made, undone and made again.
    const known = line.failures.find((each) => each.planId === planId && each.appliedAt === appliedAt);
    if (known !== undefined) return known.at === line.stoppedAt ? line : null;
    const at = clock.now();
    const recent = line.failures.filter((each) => msBetween(each.at, at) < WITHIN_MS);
    const failures = [...recent, { planId, appliedAt, at, why }];
    const stops = line.stoppedAt === null && failures.length >= FAILURES;
    try {
      const saved = await lines.save({ ...line, failures, stoppedAt: stops ? at : line.stoppedAt });
      return stops ? saved : null;
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === MAX_TRIES) throw error;
    }
  }
}

/**
 * Lets changes in the account be made again; failures are counted anew.
 * @throws NotFound for an account without a line, Refused when its line is not stopped.
 */
export async function resumeLine(
  ports: { lines: LineStore; audit: AuditLog; clock: Clock },
  { account, actor, reason }: { account: string; actor: string; reason: string | null },
): Promise<ChangeLine> {
  const stopped = await ports.lines.get(account);
  if (stopped === undefined) throw new NotFound('stopped line of account', account);
  const { stoppedAt } = stopped;
  if (stoppedAt === null)
    throw new Refused(`Changes in account ${account} are not stopped: there is nothing to resume.`);
  // Before the write: a crash in between leaves a row too many, never a line that nobody resumed.
  await ports.audit.append({
    id: idOf('au', account, stoppedAt, 'line-resumed'),
    at: ports.clock.now(),
    actor,
    action: 'line-resumed',
    object: account,
    findingId: null,
    detail: `stopped since ${stoppedAt}${reason === null ? '' : `; reason: ${reason}`}`,
  });
  const resumed = await updateStored(ports.lines, account, (line) =>
    // Stopped anew meanwhile: that is for the next resume.
    line.stoppedAt === stoppedAt ? { ...line, failures: [], stoppedAt: null } : line,
  );
  return resumed ?? stopped;
}
