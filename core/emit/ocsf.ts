import { widestOf } from '../exposure/breadth.ts';
import type { Finding, FindingStatus, Severity } from '../findings/finding.ts';
import { endpoint, parseAddress } from '../net/address.ts';
import { epochMs, type Instant } from '../time.ts';
import { adviceOf, plainText, titleOf, whyOf } from './describe.ts';
import { OCSF_VERSION, type OcsfFinding } from './ocsf-shape.ts';
import { isAwsAccount, networkInterfaceArn } from './place.ts';

export interface OcsfContext {
  /** The moment that the document is about. */
  readonly updatedAt: Instant;
  /** `eni-...` or the name of an interface; null when unknown. */
  readonly networkInterface: string | null;
}

/** The schema has no longest text; this keeps one finding readable. Characters. */
const MAX_TEXT = 4_096;

const SEVERITIES: Record<Severity, Pick<OcsfFinding, 'severity_id' | 'severity'>> = {
  info: { severity_id: 1, severity: 'Informational' },
  low: { severity_id: 2, severity: 'Low' },
  medium: { severity_id: 3, severity: 'Medium' },
  high: { severity_id: 4, severity: 'High' },
  critical: { severity_id: 5, severity: 'Critical' },
};

const STATUSES: Record<FindingStatus, Pick<OcsfFinding, 'status_id' | 'status'>> = {
  open: { status_id: 1, status: 'New' },
  closing: { status_id: 2, status: 'In Progress' },
  whitelisted: { status_id: 3, status: 'Suppressed' },
  closed: { status_id: 4, status: 'Resolved' },
};

/** https://www.iana.org/assignments/protocol-numbers */
const PROTOCOL_NUMBERS = { tcp: 6, udp: 17 } as const;

/**
 * The finding as an OCSF Detection Finding. The same finding and context give the same bytes.
 * @throws RangeError for a time that is not an instant, BadInput for an address that is none
 */
export function toOcsf(finding: Finding, context: OcsfContext): OcsfFinding {
  const { port, protocol, admittedBy } = finding;
  const address = parseAddress(finding.address);
  const openedAt = epochMs(finding.openedAt);
  const updatedAt = epochMs(context.updatedAt);
  const isAws = isAwsAccount(finding.account);
  const title = plainText(titleOf(finding), MAX_TEXT);
  return {
    ...activityOf(finding),
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2004,
    class_name: 'Detection Finding',
    time: updatedAt,
    start_time: openedAt,
    ...(finding.closedAt !== null && { end_time: epochMs(finding.closedAt) }),
    ...SEVERITIES[finding.severity],
    ...STATUSES[finding.status],
    status_detail: finding.status,
    is_alert: finding.status === 'open' || finding.status === 'closing',
    message: title,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Portcullis', vendor_name: 'Portcullis' },
      ...(isAws && { profiles: ['cloud'] }),
    },
    ...(isAws && {
      cloud: {
        provider: 'AWS',
        region: finding.region,
        account: { uid: finding.account, type_id: 10, type: 'AWS Account' },
      },
    }),
    finding_info: {
      uid: finding.id,
      title,
      desc: plainText(whyOf(finding), MAX_TEXT),
      types: [finding.class],
      created_time: openedAt,
      modified_time: updatedAt,
      first_seen_time: openedAt,
      last_seen_time: Math.max(openedAt, epochMs(finding.observedAt)),
      analytic: { uid: `portcullis/${finding.class}`, type_id: 1, type: 'Rule' },
    },
    resources: [resourceOf(finding, context.networkInterface)],
    evidences: [
      {
        dst_endpoint: { ip: address, port, ...(finding.service !== null && { svc_name: finding.service }) },
        connection_info: {
          direction_id: 1,
          direction: 'Inbound',
          protocol_name: protocol,
          protocol_num: PROTOCOL_NUMBERS[protocol],
        },
        data: {
          verdict: finding.verdict,
          breadth: widestOf(address, admittedBy),
          admittedBy: admittedBy.map(({ ruleId, source, breadth }) => ({ ruleId, source, breadth })),
          whitelistedBy: finding.whitelistedBy,
        },
      },
    ],
    observables: [{ name: 'evidences[0].dst_endpoint.ip', type_id: 2, type: 'IP Address', value: address }],
    remediation: { desc: plainText(adviceOf(finding), MAX_TEXT) },
    unmapped: {
      account: finding.account,
      region: finding.region,
      occurrence: finding.occurrence,
      alertedAt: finding.alertedAt,
      approvedAt: finding.approvedAt,
      changedAt: finding.changedAt,
      verifiedAt: finding.verifiedAt,
      closedAt: finding.closedAt,
    },
  };
}

function activityOf(finding: Finding): Pick<OcsfFinding, 'activity_id' | 'activity_name' | 'type_uid' | 'type_name'> {
  const [id, name] = activity(finding);
  return {
    activity_id: id,
    activity_name: name,
    type_uid: 2004 * 100 + id,
    type_name: `Detection Finding: ${name}`,
  };
}

/** Version 1 is the first that was stored. */
function activity({ status, version }: Finding): [1, 'Create'] | [2, 'Update'] | [3, 'Close'] {
  if (status === 'closed') return [3, 'Close'];
  return version <= 1 ? [1, 'Create'] : [2, 'Update'];
}

function resourceOf(finding: Finding, networkInterface: string | null): OcsfFinding['resources'][number] {
  const arn = networkInterfaceArn(finding.account, finding.region, networkInterface);
  return {
    uid: arn ?? finding.address,
    name: endpoint(finding.address, finding.port, finding.protocol),
    type: arn === null ? 'Address' : 'AwsEc2NetworkInterface',
    ip: finding.address,
    ...(isAwsAccount(finding.account) && { region: finding.region }),
    ...(finding.owner !== null && { owner: { name: finding.owner } }),
  };
}
