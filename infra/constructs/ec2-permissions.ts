import { Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { NEVER_TOUCH_TAG } from '../../core/remediation/security-groups/never-touch.ts';

const READS = [
  'ec2:DescribeAddresses',
  'ec2:DescribeInstances',
  'ec2:DescribeManagedPrefixLists',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroupRules',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcBlockPublicAccessExclusions',
  'ec2:DescribeVpcBlockPublicAccessOptions',
  'ec2:DescribeVpcs',
  'ec2:GetManagedPrefixListEntries',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeLoadBalancers',
  'elasticloadbalancing:DescribeRules',
  'elasticloadbalancing:DescribeTags',
  'elasticloadbalancing:DescribeTargetGroupAttributes',
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
] as const;

const CHANGES = [
  'ec2:AuthorizeSecurityGroupIngress',
  'ec2:ModifySecurityGroupRules',
  'ec2:RevokeSecurityGroupIngress',
] as const;

/** Describes networks of one or more Regions, and nothing else. */
export function readNetworks(regions: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadNetworks',
    actions: [...READS],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': regions } },
  });
}

export function acknowledgeReads(role: IConstruct): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'The Describe calls of EC2 and Elastic Load Balancing take no resource; the condition names the Regions.',
  });
}

export function acknowledgeChanges(role: IConstruct): void {
  for (const kind of ['security-group', 'security-group-rule']) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:*:<AWS::AccountId>:${kind}/*]`,
      reason:
        'Which group or rule opens a port is not known beforehand; the conditions name the Regions and spare what is tagged.',
    });
  }
}

/**
 * Changes ingress rules of the security groups of one account. IAM cannot say which sources may be authorized, nor keep
 * ModifySecurityGroupRules off egress rules: the proof before each plan does (core/remediation/security-groups/).
 * @param account `arn:PARTITION:ec2:*:ACCOUNT`
 */
export function changeRules(account: string, regions: readonly string[]): PolicyStatement[] {
  const rules = `${account}:security-group-rule/*`;
  const groupsAndRules = [`${account}:security-group/*`, rules];
  const tag = `aws:ResourceTag/${NEVER_TOUCH_TAG}`;
  return [
    new PolicyStatement({
      sid: 'ChangeIngressRules',
      actions: [...CHANGES],
      resources: groupsAndRules,
      conditions: { StringEquals: { 'aws:RequestedRegion': regions } },
    }),
    new PolicyStatement({
      sid: 'TagNewRules',
      actions: ['ec2:CreateTags'],
      resources: [rules],
      conditions: {
        StringEquals: { 'aws:RequestedRegion': regions, 'ec2:CreateAction': 'AuthorizeSecurityGroupIngress' },
      },
    }),
    new PolicyStatement({
      sid: 'NeverTouch',
      effect: Effect.DENY,
      actions: [...CHANGES],
      resources: groupsAndRules,
      // Both: the tag is there, and its value is not `false`. The second alone also holds for what has no tag.
      conditions: { Null: { [tag]: 'false' }, StringNotEqualsIgnoreCase: { [tag]: 'false' } },
    }),
  ];
}
