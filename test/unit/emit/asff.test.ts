import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AsffContext, toAsff } from '../../../core/emit/asff.ts';
import { AsffFinding } from '../../../core/emit/asff-shape.ts';
import { aFinding } from '../../builders/finding.ts';
import { anyFinding, anyInstant, SECRET } from '../../support/emit/any-finding.ts';
import { AsffRules } from '../../support/emit/asff-rules.ts';

const CONTEXT: AsffContext = {
  account: '123456789012',
  productArn: 'arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default',
  updatedAt: '2026-03-01T09:00:11.000Z',
  networkInterface: null,
};
const inAws = (over = {}) =>
  aFinding({
    account: '210987654321',
    region: 'eu-west-1',
    address: '198.51.100.7',
    admittedBy: [{ ruleId: 'sgr-0a1b2c3d4e5f60718', source: '0.0.0.0/0', breadth: 'internet' }],
    ...over,
  });

describe('a finding in the AWS Security Finding Format', () => {
  it('that is about every port names the address and the whole range', () => {
    const document = toAsff(inAws({ port: 0, service: 'every port' }), CONTEXT);
    expect(document).toMatchObject({
      Title: 'Answers on every port: 198.51.100.7',
      Network: { OpenPortRange: { Begin: 1, End: 65_535 }, DestinationPort: 0 },
    });
  });

  it('says what is open, why, and whose it is', () => {
    const finding = inAws();
    const document = toAsff(finding, { ...CONTEXT, networkInterface: 'eni-0123456789abcdef0' });
    expect(document).toEqual({
      SchemaVersion: '2018-10-08',
      Id: finding.id,
      ProductArn: 'arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default',
      ProductName: 'Portcullis',
      GeneratorId: 'portcullis/high-risk-port',
      AwsAccountId: '123456789012',
      Types: ['Software and Configuration Checks/AWS Security Best Practices/Network Reachability'],
      CreatedAt: '2026-03-01T09:00:10.000Z',
      UpdatedAt: '2026-03-01T09:00:11.000Z',
      FirstObservedAt: '2026-03-01T09:00:10.000Z',
      LastObservedAt: '2026-03-01T09:00:10.000Z',
      Severity: { Label: 'HIGH', Original: 'high' },
      Title: 'Exposed high risk port: 198.51.100.7:6379 (redis)',
      Description:
        'Open since 2026-03-01T09:00:10.000Z. The port is open and a firewall rule admits it. Widest source: internet. ' +
        'Admitted by sgr-0a1b2c3d4e5f60718 from 0.0.0.0/0. Owner: payments.',
      Remediation: {
        Recommendation: {
          Text:
            `If 198.51.100.7:6379 must not be reachable, "portcullis plan ${finding.id}" shows the exact change and asks for its ` +
            'approval. If it must be, register it: "portcullis whitelist add 198.51.100.7 --ports 6379 --reason ...".',
        },
      },
      ProductFields: {
        'portcullis/Account': '210987654321',
        'portcullis/Region': 'eu-west-1',
        'portcullis/Address': '198.51.100.7',
        'portcullis/Protocol': 'tcp',
        'portcullis/Port': '6379',
        'portcullis/Class': 'high-risk-port',
        'portcullis/Verdict': 'confirmed',
        'portcullis/Status': 'open',
        'portcullis/Service': 'redis',
        'portcullis/Owner': 'payments',
        'portcullis/AdmittedBy': 'sgr-0a1b2c3d4e5f60718 from 0.0.0.0/0 (internet)',
        'portcullis/Breadth': 'internet',
        'portcullis/Occurrence': '1',
        'portcullis/OpenedAt': '2026-03-01T09:00:10.000Z',
      },
      Network: {
        Direction: 'IN',
        Protocol: 'TCP',
        OpenPortRange: { Begin: 6379, End: 6379 },
        DestinationIpV4: '198.51.100.7',
        DestinationPort: 6379,
      },
      Resources: [
        {
          Type: 'AwsEc2NetworkInterface',
          Id: 'arn:aws:ec2:eu-west-1:210987654321:network-interface/eni-0123456789abcdef0',
          Partition: 'aws',
          Region: 'eu-west-1',
          ResourceRole: 'Target',
          Details: {
            AwsEc2NetworkInterface: { NetworkInterfaceId: 'eni-0123456789abcdef0', PublicIp: '198.51.100.7' },
          },
        },
      ],
      RecordState: 'ACTIVE',
      Workflow: { Status: 'NEW' },
      FindingProviderFields: {
        Severity: { Label: 'HIGH', Original: 'high' },
        Types: ['Software and Configuration Checks/AWS Security Best Practices/Network Reachability'],
      },
    });
  });

  it.each([
    ['open', 'ACTIVE', 'NEW'],
    ['closing', 'ACTIVE', 'NEW'],
    ['whitelisted', 'ARCHIVED', 'NEW'],
    ['closed', 'ARCHIVED', 'RESOLVED'],
  ] as const)('that is %s is %s and %s', (status, RecordState, Status) => {
    expect(toAsff(inAws({ status }), CONTEXT)).toMatchObject({ RecordState, Workflow: { Status } });
  });

  it.each([
    ['info', 'INFORMATIONAL'],
    ['low', 'LOW'],
    ['medium', 'MEDIUM'],
    ['high', 'HIGH'],
    ['critical', 'CRITICAL'],
  ] as const)('of severity %s is %s where providers write it and at the top', (severity, Label) => {
    const wanted = { Severity: { Label, Original: severity } };
    expect(toAsff(inAws({ severity }), CONTEXT)).toMatchObject({ ...wanted, FindingProviderFields: wanted });
  });

  it('that is closed says when, and asks for nothing', () => {
    const closed = inAws({ status: 'closed', verdict: 'clean', admittedBy: [], closedAt: '2026-03-01T10:00:00.000Z' });
    const { Description, Remediation, ProductFields } = toAsff(closed, CONTEXT);
    expect(Description).toContain('Resolved: closed at 2026-03-01T10:00:00.000Z.');
    expect(Remediation.Recommendation.Text).toBe('Nothing: the port is closed.');
    expect(ProductFields['portcullis/ClosedAt']).toBe('2026-03-01T10:00:00.000Z');
  });

  it('of one machine has its address as resource', () => {
    const document = toAsff(aFinding(), { ...CONTEXT, account: '000000000000', networkInterface: 'eth0' });
    expect(document.Resources).toEqual([
      {
        Type: 'Other',
        Id: '192.0.2.3',
        Partition: 'aws',
        Region: 'local',
        ResourceRole: 'Target',
        Details: { Other: { Address: '192.0.2.3' } },
      },
    ]);
    expect(AsffRules.parse(document)).toEqual(document);
  });

  it('of an IPv6 address names it as such, in the partition of its Region', () => {
    const finding = inAws({ address: '2001:db8::10', region: 'cn-north-1' });
    const { Network, Resources } = toAsff(finding, { ...CONTEXT, networkInterface: 'eni-01' });
    expect(Network).toMatchObject({ DestinationIpV6: '2001:db8::10' });
    expect(Network).not.toHaveProperty('DestinationIpV4');
    expect(Resources[0]).toMatchObject({
      Id: 'arn:aws-cn:ec2:cn-north-1:210987654321:network-interface/eni-01',
      Partition: 'aws-cn',
      Details: { AwsEc2NetworkInterface: { IpV6Addresses: [{ IpV6Address: '2001:db8::10' }] } },
    });
  });

  it('was never created after it was updated, although streams round down', () => {
    const opened = inAws({ openedAt: '2026-03-01T09:00:11.900Z' });
    expect(toAsff(opened, CONTEXT).CreatedAt).toBe('2026-03-01T09:00:11.000Z');
  });

  it('names five rules in the text and counts the rest', () => {
    const rules = Array.from({ length: 1_000 }, (_, i) => ({
      ruleId: `sgr-${i}`,
      source: '0.0.0.0/0',
      breadth: 'internet' as const,
    }));
    const { Description, ProductFields } = toAsff(inAws({ admittedBy: rules }), CONTEXT);
    expect(Description).toContain('sgr-4 from 0.0.0.0/0 and 995 more.');
    expect(ProductFields['portcullis/AdmittedBy']).toHaveLength(2_048);
  });

  it('with an address that is none is an error that names it', () => {
    expect(() => toAsff(inAws({ address: '192.0.2' }), CONTEXT)).toThrow('"192.0.2" is not an IP address');
  });

  it('with a time that is none is an error that names it', () => {
    expect(() => toAsff(inAws({ openedAt: 'yesterday' }), CONTEXT)).toThrow('yesterday is not an ISO 8601 instant');
  });

  it('is valid whatever people wrote, fits the size limits, and carries no token', () => {
    fc.assert(
      fc.property(
        anyFinding,
        anyInstant,
        fc.option(fc.constantFrom('eni-0123456789abcdef0', 'eth0', ''), { nil: null }),
        (finding, updatedAt, networkInterface) => {
          const context = { ...CONTEXT, updatedAt, networkInterface };
          const document = toAsff(finding, context);
          const text = JSON.stringify(document);
          expect(AsffRules.safeParse(document).error?.issues).toBeUndefined();
          expect(AsffFinding.parse(document)).toEqual(document);
          expect(text).not.toContain(SECRET);
          expect(text.isWellFormed()).toBe(true);
          // 100 of them must fit 6 MB; one may have 240 KB.
          expect(Buffer.byteLength(text)).toBeLessThan(60_000);
          expect(JSON.stringify(toAsff(structuredClone(finding), context))).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the rules the tests hold it to', () => {
  const good = toAsff(inAws(), CONTEXT);

  it.each([
    ['a title of 257 characters', { Title: 'x'.repeat(257) }],
    ['an empty description', { Description: '' }],
    ['a blank product field', { ProductFields: { a: ' ' } }],
    ['another account than 12 digits', { AwsAccountId: 'local' }],
    ['no resource', { Resources: [] }],
    ['an unknown record state', { RecordState: 'CLOSED' }],
    ['a member nobody looked up', { Confidense: 1 }],
    ['a time without a zone', { UpdatedAt: '2026-03-01T09:00:11' }],
    ['an update before the creation', { UpdatedAt: '2026-03-01T09:00:09Z' }],
  ])('refuse %s', (_, wrong) => {
    expect(AsffRules.safeParse(good).success).toBe(true);
    expect(AsffRules.safeParse({ ...good, ...wrong }).success).toBe(false);
  });
});
