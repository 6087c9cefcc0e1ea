import * as z from 'zod';

/**
 * What AWS documents of the members we send: required ones, lengths, enums, patterns. Written from
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html and the types it links to, not from core/emit/.
 * Strict: a member that is not listed here was not looked up.
 */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^.*\S.*$/, 'NonEmptyString: .*\\S.*');

/** `YYYY-MM-DDTHH:MM:SS[.up to nine digits]` and `Z` or an offset. */
const time = z.string().regex(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/);

const severity = z.strictObject({
  Label: z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
  Original: text(64),
});

const types = z
  .array(
    z
      .string()
      .regex(
        /^(Software and Configuration Checks|TTPs|Effects|Unusual Behaviors|Sensitive Data Identifications)(\/[^/]+){0,2}$/,
      ),
  )
  .min(1)
  .max(50);

const port = z.number().int().min(0).max(65_535);
const partition = '(aws|aws-cn|aws-us-gov)';

const networkInterface = z.strictObject({
  Type: z.literal('AwsEc2NetworkInterface'),
  Id: z.string().regex(new RegExp(`^arn:${partition}:ec2:[a-z0-9-]+:\\d{12}:network-interface/eni-[0-9a-f]+$`)),
  Partition: z.enum(['aws', 'aws-cn', 'aws-us-gov']),
  Region: text(16),
  ResourceRole: z.enum(['Target', 'Actor']),
  Details: z.strictObject({
    AwsEc2NetworkInterface: z.strictObject({
      NetworkInterfaceId: text(512),
      PublicIp: z.ipv4().optional(),
      IpV6Addresses: z.array(z.strictObject({ IpV6Address: z.ipv6() })).optional(),
    }),
  }),
});

const other = networkInterface.extend({
  Type: z.literal('Other'),
  Id: text(512),
  Details: z.strictObject({ Other: z.record(text(128), text(1_024)) }),
});

export const AsffRules = z
  .strictObject({
    SchemaVersion: z.literal('2018-10-08'),
    Id: text(512),
    ProductArn: text(2_048)
      .min(12)
      .regex(new RegExp(`^arn:${partition}:securityhub:[a-z0-9-]+:\\d{12}:product/.+/.+$`)),
    ProductName: text(128),
    GeneratorId: text(512),
    AwsAccountId: z.string().regex(/^\d{12}$/),
    Types: types,
    CreatedAt: time,
    UpdatedAt: time,
    FirstObservedAt: time,
    LastObservedAt: time,
    Severity: severity,
    Title: text(256),
    Description: text(1_024),
    Remediation: z.strictObject({ Recommendation: z.strictObject({ Text: text(512) }) }),
    ProductFields: z.record(text(128), text(2_048)).refine((fields) => Object.keys(fields).length <= 50),
    Network: z.strictObject({
      Direction: z.enum(['IN', 'OUT']),
      Protocol: text(16),
      OpenPortRange: z.strictObject({ Begin: port, End: port }),
      DestinationIpV4: z.ipv4().optional(),
      DestinationIpV6: z.ipv6().optional(),
      DestinationPort: port,
    }),
    Resources: z
      .array(z.discriminatedUnion('Type', [networkInterface, other]))
      .min(1)
      .max(32),
    RecordState: z.enum(['ACTIVE', 'ARCHIVED']),
    Workflow: z.strictObject({ Status: z.enum(['NEW', 'NOTIFIED', 'RESOLVED', 'SUPPRESSED']) }),
    FindingProviderFields: z.strictObject({ Severity: severity, Types: types }),
  })
  .refine((finding) => Date.parse(finding.CreatedAt) <= Date.parse(finding.UpdatedAt), 'updated before it was created');
