import { widestOf } from '../exposure/breadth.ts';
import type { Finding, Severity } from '../findings/finding.ts';
import { isIPv6, parseAddress } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import { epochMs, type Instant, toInstant } from '../time.ts';
import type { AsffFinding, AsffResource } from './asff-shape.ts';
import { adviceOf, plainText, titleOf, whyOf } from './describe.ts';
import { networkInterfaceArn, partitionOf } from './place.ts';

export interface AsffContext {
  /** The account that calls BatchImportFindings, 12 digits: Security Hub takes no other `AwsAccountId` under the default product. */
  readonly account: string;
  readonly productArn: string;
  /** Later than that of every earlier document of the same finding. */
  readonly updatedAt: Instant;
  /** `eni-...` that has the address; null when unknown. */
  readonly networkInterface: string | null;
}

/** Longest values, characters. https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html */
const MAX_TITLE = 256;
const MAX_DESCRIPTION = 1_024;
const MAX_ADVICE = 512;
const MAX_PRODUCT_FIELD = 2_048;
const MAX_REGION = 16;

const LABELS: Record<Severity, AsffFinding['Severity']['Label']> = {
  info: 'INFORMATIONAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  critical: 'CRITICAL',
};

/** `namespace/category/classifier` of the finding type taxonomy. */
const TYPES = ['Software and Configuration Checks/AWS Security Best Practices/Network Reachability'];

/**
 * The finding as Security Hub takes it. The same finding and context give the same bytes.
 * @throws RangeError for a time that is not an instant, BadInput for an address that is none
 */
export function toAsff(finding: Finding, context: AsffContext): AsffFinding {
  const address = parseAddress(finding.address);
  const severity = { Label: LABELS[finding.severity], Original: finding.severity };
  const updatedAt = instant(context.updatedAt);
  const openedAt = instant(finding.openedAt);
  const observedAt = instant(finding.observedAt);
  return {
    SchemaVersion: '2018-10-08',
    Id: finding.id,
    ProductArn: context.productArn,
    ProductName: 'Portcullis',
    GeneratorId: `portcullis/${finding.class}`,
    AwsAccountId: context.account,
    Types: TYPES,
    // A stream rounds its times down to the second, so an update may seem older than the opening.
    CreatedAt: openedAt < updatedAt ? openedAt : updatedAt,
    UpdatedAt: updatedAt,
    FirstObservedAt: openedAt,
    LastObservedAt: observedAt > openedAt ? observedAt : openedAt,
    Severity: severity,
    Title: plainText(titleOf(finding), MAX_TITLE),
    Description: plainText(whyOf(finding), MAX_DESCRIPTION),
    Remediation: { Recommendation: { Text: plainText(adviceOf(finding), MAX_ADVICE) } },
    ProductFields: productFields(finding),
    Network: {
      Direction: 'IN',
      Protocol: finding.protocol.toUpperCase(),
      OpenPortRange: portsOf(finding),
      ...(isIPv6(address) ? { DestinationIpV6: address } : { DestinationIpV4: address }),
      DestinationPort: finding.port,
    },
    Resources: [resourceOf(finding, context.networkInterface)],
    ...recordOf(finding),
    FindingProviderFields: { Severity: severity, Types: TYPES },
  };
}

function instant(at: string): Instant {
  return toInstant(epochMs(at));
}

/**
 * Security Hub takes `Workflow` only when it makes the finding, so `RecordState` says whether somebody has to act. SUPPRESSED is never
 * used: it would survive the end of a whitelist entry, while an archived finding that becomes active is NEW again.
 */
function recordOf({ status }: Finding): Pick<AsffFinding, 'RecordState' | 'Workflow'> {
  return {
    RecordState: status === 'closed' || status === 'whitelisted' ? 'ARCHIVED' : 'ACTIVE',
    Workflow: { Status: status === 'closed' ? 'RESOLVED' : 'NEW' },
  };
}

function resourceOf(finding: Finding, networkInterface: string | null): AsffResource {
  const { account, address } = finding;
  const arn = networkInterfaceArn(account, finding.region, networkInterface);
  const common = {
    Partition: partitionOf(finding.region),
    Region: plainText(finding.region, MAX_REGION) || 'unknown',
    ResourceRole: 'Target',
  } as const;
  if (arn === null || networkInterface === null) {
    return { Type: 'Other', Id: address, ...common, Details: { Other: { Address: address } } };
  }
  const addresses = isIPv6(address) ? { IpV6Addresses: [{ IpV6Address: address }] } : { PublicIp: address };
  return {
    Type: 'AwsEc2NetworkInterface',
    Id: arn,
    ...common,
    Details: { AwsEc2NetworkInterface: { NetworkInterfaceId: networkInterface, ...addresses } },
  };
}

/** At most 50 pairs, values of 1 to 2,048 characters: what is not known is left out. */
function productFields(finding: Finding): Record<string, string> {
  const admittedBy = finding.admittedBy.map(({ ruleId, source, breadth }) => `${ruleId} from ${source} (${breadth})`);
  const fields: Record<string, string | null> = {
    Account: finding.account,
    Region: finding.region,
    Address: finding.address,
    Protocol: finding.protocol,
    Port: String(finding.port),
    Class: finding.class,
    Verdict: finding.verdict,
    Status: finding.status,
    Service: finding.service,
    Owner: finding.owner,
    AdmittedBy: admittedBy.join('; '),
    Breadth: widestOf(finding.address, finding.admittedBy),
    WhitelistedBy: finding.whitelistedBy,
    Occurrence: String(finding.occurrence),
    OpenedAt: finding.openedAt,
    AlertedAt: finding.alertedAt,
    ApprovedAt: finding.approvedAt,
    ChangedAt: finding.changedAt,
    VerifiedAt: finding.verifiedAt,
    ClosedAt: finding.closedAt,
  };
  return Object.fromEntries(
    Object.entries(fields)
      .map(([name, value]) => [`portcullis/${name}`, plainText(value ?? '', MAX_PRODUCT_FIELD)] as const)
      .filter(([, value]) => value !== ''),
  );
}

function portsOf({ port }: Finding): { Begin: number; End: number } {
  return port === EVERY_PORT ? { Begin: 1, End: 65_535 } : { Begin: port, End: port };
}
