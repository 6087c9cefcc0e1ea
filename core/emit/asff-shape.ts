import * as z from 'zod';

/**
 * The part of the AWS Security Finding Format that Portcullis fills.
 * https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
 */
const Severity = z.object({
  Label: z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
  /** The severity as Portcullis names it. */
  Original: z.string(),
});

const Resource = z.object({
  /** `Other` when the address is not known to belong to an interface of EC2; `Id` is the address then. */
  Type: z.enum(['AwsEc2NetworkInterface', 'Other']),
  Id: z.string(),
  Partition: z.enum(['aws', 'aws-cn', 'aws-us-gov']),
  Region: z.string(),
  ResourceRole: z.literal('Target'),
  Details: z.object({
    AwsEc2NetworkInterface: z
      .object({
        NetworkInterfaceId: z.string(),
        PublicIp: z.string().optional(),
        IpV6Addresses: z.array(z.object({ IpV6Address: z.string() })).optional(),
      })
      .optional(),
    Other: z.record(z.string(), z.string()).optional(),
  }),
});
export type AsffResource = z.infer<typeof Resource>;

export const AsffFinding = z.object({
  SchemaVersion: z.literal('2018-10-08'),
  /** The finding's id: the same for ever. */
  Id: z.string(),
  ProductArn: z.string(),
  ProductName: z.literal('Portcullis'),
  GeneratorId: z.string(),
  /** The account that reports. The finding's own account is in `ProductFields` and the resource. */
  AwsAccountId: z.string(),
  Types: z.array(z.string()),
  CreatedAt: z.string(),
  /** Security Hub ignores an update whose `UpdatedAt` is not later than the one it has. */
  UpdatedAt: z.string(),
  FirstObservedAt: z.string(),
  LastObservedAt: z.string(),
  Severity,
  Title: z.string(),
  Description: z.string(),
  Remediation: z.object({ Recommendation: z.object({ Text: z.string() }) }),
  ProductFields: z.record(z.string(), z.string()),
  Network: z.object({
    Direction: z.literal('IN'),
    Protocol: z.string(),
    OpenPortRange: z.object({ Begin: z.number().int(), End: z.number().int() }),
    DestinationIpV4: z.string().optional(),
    DestinationIpV6: z.string().optional(),
    DestinationPort: z.number().int(),
  }),
  Resources: z.array(Resource),
  /** Archived while it is closed or whitelisted. */
  RecordState: z.enum(['ACTIVE', 'ARCHIVED']),
  Workflow: z.object({ Status: z.enum(['NEW', 'RESOLVED']) }),
  FindingProviderFields: z.object({ Severity, Types: z.array(z.string()) }),
});
export type AsffFinding = z.infer<typeof AsffFinding>;
