import type { Attribution } from '../attribution/attribution.ts';
import { type Opener, openerOf, openerText } from '../attribution/opener.ts';
import type { Finding } from '../findings/finding.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { DecidedAs } from './approval.ts';
import { type DeciderPolicy, entryOf } from './deciders.ts';

/** Who let the finding's port in, as far as events told. */
export async function readOpener(
  attributions: Pick<AttributionStore, 'get'>,
  { admittedBy }: Pick<Finding, 'admittedBy'>,
): Promise<Opener> {
  const ruleIds = [...new Set(admittedBy.map(({ ruleId }) => ruleId))];
  return openerOf(admittedBy, ruleIds.length === 0 ? new Map() : await attributions.get(ruleIds));
}

/**
 * Why this person may not approve closing what they opened, one sentence, or null. Known by the ARN patterns of the approver's entry, or by
 * a name of theirs (entry, subject, signed-in e-mail address, operating system user) that is the user or session name in the ARN. An
 * opener who is not known stops nobody.
 */
export function whyOpenerMayNot(
  policy: Pick<DeciderPolicy, 'approvers'>,
  { by }: Pick<Opener, 'by'>,
  as: Pick<DecidedAs, 'name' | 'subject' | 'email'>,
): string | null {
  if (by === null || by.byUs || !isPerson(policy, by, as)) return null;
  return `${as.name} opened this port (${openerText(by)}): somebody else must approve closing it. Denying is possible.`;
}

function isPerson(
  policy: Pick<DeciderPolicy, 'approvers'>,
  { actor }: Pick<Attribution, 'actor'>,
  { name, subject, email }: Pick<DecidedAs, 'name' | 'subject' | 'email'>,
): boolean {
  if (actor === null) return false;
  const entry = entryOf(policy, name);
  if (entry?.arns.some((pattern) => fits(pattern, actor)) === true) return true;
  const called = sessionOf(actor);
  const names = [name, subject, email, entry?.subject ?? null];
  return called !== null && names.some((one) => one !== null && one.toLowerCase() === called);
}

/** The last part of the ARN of a user, of a role's session or of a federated user, in lower case; null for others. */
function sessionOf(arn: string): string | null {
  const match = /^arn:[^:]+:(?:iam|sts)::\d{12}:(?:user|assumed-role|federated-user)\/(?:.*\/)?([^/]+)$/.exec(arn);
  return match?.[1]?.toLowerCase() ?? null;
}

/** Does `*` stand for any text, also none? Everything else is itself. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}
