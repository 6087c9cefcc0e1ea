import { NotFound, Refused } from '../errors.ts';
import type { Finding } from '../findings/finding.ts';
import type { Clock } from '../ports/clock.ts';
import type { LinkSigner } from '../ports/link-signer.ts';
import type { ApprovalStore, FindingStore } from '../ports/stores.ts';
import { approversOf, type DeciderPolicy } from './deciders.ts';
import { issueToken } from './link.ts';
import { isOpen } from './state.ts';

export interface LinksPorts {
  approvals: Pick<ApprovalStore, 'get'>;
  findings: Pick<FindingStore, 'get'>;
  clock: Clock;
  signer: LinkSigner;
  deciders: DeciderPolicy;
  /** Where links point, without a slash at the end. */
  publicUrl: string;
}

/** Whoever has the URL can decide as the approver, unless a sign-in is needed. It is never stored or logged. */
export interface ApprovalLink {
  readonly approver: string;
  readonly url: string;
}

/** Longest name a token carries. */
const MAX_APPROVER = 254;

/**
 * The signed links of a pending approval, one for each approver who may decide there, at least one. Made anew each time, and the same each
 * time. @throws NotFound; Refused when nothing is left to decide or nobody may
 */
export async function linksFor(ports: LinksPorts, approvalId: string): Promise<[ApprovalLink, ...ApprovalLink[]]> {
  const { approvals, findings, clock, signer, deciders, publicUrl } = ports;
  const approval = await approvals.get(approvalId);
  if (!approval) throw new NotFound('approval', approvalId);
  if (!isOpen(approval, clock.now())) {
    throw new Refused(`Approval ${approvalId} is not pending: there is nothing left to decide, so it has no link.`);
  }
  const finding = await findings.get(approval.findingId);
  if (!finding) throw new NotFound('finding', approval.findingId);
  const linkOf = async (approver: string): Promise<ApprovalLink> => {
    const { planHash, expiresAt } = approval;
    return {
      approver,
      url: `${publicUrl}/approvals/${await issueToken(signer, { approvalId, planHash, approver, expiresAt })}`,
    };
  };
  const [first, ...more] = namesOf(deciders, finding);
  if (first === undefined) throw new Refused(`Nobody on the list of approvers may decide on ${finding.address}.`);
  return [await linkOf(first), ...(await Promise.all(more.map(linkOf)))];
}

function namesOf(deciders: DeciderPolicy, { address, ownerEmail, owner }: Finding): string[] {
  if (deciders.approvers.length > 0) return approversOf(deciders, address).map(({ name }) => name);
  return [(ownerEmail ?? owner ?? 'link holder').slice(0, MAX_APPROVER)];
}
