import type { Approver, SignInSettings } from '../config/approver-schema.ts';
import { atLeast, type Finding } from '../findings/finding.ts';
import { AddressSet } from '../net/address-set.ts';
import type { Identity } from '../ports/identity-provider.ts';
import { isEmail } from '../text/email.ts';

/** Who may decide, and who must sign in for it. */
export interface DeciderPolicy {
  /** Empty: whoever holds the link. */
  readonly approvers: readonly Approver[];
  readonly signIn: SignInSettings | null;
}

/** The entry of the list under a name; upper and lower case are the same. */
export function entryOf({ approvers }: Pick<DeciderPolicy, 'approvers'>, name: string): Approver | undefined {
  const wanted = name.toLowerCase();
  return approvers.find((approver) => approver.name.toLowerCase() === wanted);
}

/** The entries that may decide about an address. */
export function approversOf({ approvers }: Pick<DeciderPolicy, 'approvers'>, address: string): Approver[] {
  return approvers.filter(({ match }) => match === null || AddressSet.parse(match).has(address));
}

/** Why somebody of this name may decide nothing about an address, one sentence, or null. */
export function whyNotDecide(policy: Pick<DeciderPolicy, 'approvers'>, name: string, address: string): string | null {
  if (policy.approvers.length === 0) return null;
  const entry = entryOf(policy, name);
  if (entry === undefined) return `${name} is not on the list of approvers.`;
  if (approversOf(policy, address).includes(entry)) return null;
  return `${name} may decide on ${entry.match ?? 'nothing'} only, and ${address} is not there.`;
}

/** Must whoever decides on this finding have signed in? */
export function mustSignIn(
  { signIn }: Pick<DeciderPolicy, 'signIn'>,
  { severity }: Pick<Finding, 'severity'>,
): boolean {
  return signIn !== null && atLeast(severity, signIn.forSeverity);
}

/** Is this the person of the entry? By `sub` or verified e-mail address where the entry has a subject, else by its e-mail address. */
export function isSignedInAs({ name, subject }: Approver, identity: Identity): boolean {
  if (subject !== null) return identity.subject === subject || sameEmail(identity.email, subject);
  return isEmail(name) && sameEmail(identity.email, name);
}

/** How an identity is called in sentences. */
export function nameOf({ email, subject }: Identity): string {
  return email ?? subject;
}

function sameEmail(email: string | null, other: string): boolean {
  return email !== null && email.toLowerCase() === other.toLowerCase();
}
