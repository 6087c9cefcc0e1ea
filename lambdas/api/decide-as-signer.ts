import { decideById, type DecisionPorts, type Verb } from '../../core/approvals/decide.ts';
import type { DeciderPolicy } from '../../core/approvals/deciders.ts';
import type { Approver } from '../../core/config/approver-schema.ts';
import { Refused } from '../../core/errors.ts';
import type { ApprovalStore, AuditLog, Decision } from '../../core/ports/stores.ts';
import { sessionNameOf } from './signer.ts';

/**
 * The decision of whoever signed the request, by the rules for everybody. With a list of approvers the signer is the entry that has their
 * whole ARN, as its name or among its `arns`: a pattern with `*` only keeps people from approving, since whoever may assume a role chooses
 * the session's name. The record names the ARN.
 * @throws NotFound, Refused
 */
export async function decideAsSigner(
  ports: DecisionPorts,
  approvalId: string,
  verb: Verb,
  arn: string,
  reason: string | null,
): Promise<Decision> {
  const entry = entryOf(ports.deciders, arn);
  const signedPorts = {
    ...ports,
    deciders: { ...ports.deciders, approvers: withOwnArn(ports.deciders.approvers, entry, arn) },
    approvals: decidedBy(arn, ports.approvals),
    audit: actedBy(arn, ports.audit),
  };
  return decideById(signedPorts, approvalId, verb, entry?.name ?? arn, reason);
}

function entryOf({ approvers }: Pick<DeciderPolicy, 'approvers'>, arn: string): Approver | undefined {
  const [entry, other] = approvers.filter(({ name, arns }) => name === arn || arns.includes(arn));
  if (entry !== undefined && other !== undefined) {
    throw new Refused(`${arn} is both ${entry.name} and ${other.name} on the list of approvers: leave it at one.`);
  }
  return entry;
}

/** What opened the port under this ARN, or under the same user or session name, was opened by the signer. */
function withOwnArn(approvers: readonly Approver[], entry: Approver | undefined, arn: string): readonly Approver[] {
  if (entry === undefined && approvers.length > 0) return approvers;
  const signer = entry ?? { name: arn, match: null, subject: null, arns: [] };
  const session = sessionNameOf(arn);
  const arns = [...signer.arns, arn, ...(session === null ? [] : [`*/${session}`])];
  return [...approvers.filter((each) => each !== entry), { ...signer, arns }];
}

/** The session name is kept as the subject: the opener, when known later, is compared with it before the change is made. */
function decidedBy(arn: string, approvals: ApprovalStore): ApprovalStore {
  return {
    get: (id) => approvals.get(id),
    save: (approval) => approvals.save(approval),
    decide: (id, decision, _, now, as) =>
      approvals.decide(id, decision, arn, now, as && { ...as, subject: sessionNameOf(arn) }),
    list: () => approvals.list(),
    listUnfinished: () => approvals.listUnfinished(),
  };
}

function actedBy(arn: string, audit: AuditLog): AuditLog {
  return { append: (row) => audit.append({ ...row, actor: arn }), list: (options) => audit.list(options) };
}
