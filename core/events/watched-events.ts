/**
 * Which events can open a port, or say who did: what the EventBridge rules select and `parseFirewallEvent` understands. One list for both.
 * Names of API calls are CloudTrail's: the first column of research/anchors-exposure-remediation.md 2d, and calls that do the same.
 */

/** The detail type of every API call that CloudTrail hands to EventBridge. */
export const API_CALL = 'AWS API Call via CloudTrail';
export const INSTANCE_STATE = 'EC2 Instance State-change Notification';

export interface WatchedEvents {
  /** Of the EventBridge envelope: `aws.ec2`. */
  readonly source: string;
  readonly detailType: typeof API_CALL | typeof INSTANCE_STATE;
  /** Values of `detail.eventName`; of `detail.state` with INSTANCE_STATE. */
  readonly eventNames: readonly string[];
}

/** Everything of EC2 that changes what an address admits, or which address it is. */
const EC2_CALLS = [
  // Rules.
  'AuthorizeSecurityGroupIngress',
  'ModifySecurityGroupRules',
  'RevokeSecurityGroupIngress',
  'ModifyManagedPrefixList',
  // Which group guards what.
  'ModifyNetworkInterfaceAttribute',
  'ModifyInstanceAttribute',
  'AssociateSecurityGroupVpc',
  // Addresses.
  'RunInstances',
  'AssociateAddress',
  'DisassociateAddress',
  'ReleaseAddress',
  'AssignIpv6Addresses',
  'CreateNetworkInterface',
  'AttachNetworkInterface',
  // The way in and back.
  'CreateRoute',
  'ReplaceRoute',
  'AssociateRouteTable',
  'ReplaceRouteTableAssociation',
  'AttachInternetGateway',
  'CreateNetworkAclEntry',
  'ReplaceNetworkAclEntry',
  'DeleteNetworkAclEntry',
  'ReplaceNetworkAclAssociation',
  'ModifyVpcBlockPublicAccessOptions',
  'CreateVpcBlockPublicAccessExclusion',
  'ModifyVpcBlockPublicAccessExclusion',
] as const;

export const WATCHED_EVENTS = [
  { source: 'aws.ec2', detailType: API_CALL, eventNames: EC2_CALLS },
  {
    source: 'aws.elasticloadbalancing',
    detailType: API_CALL,
    eventNames: ['CreateLoadBalancer', 'CreateListener', 'ModifyListener', 'SetSecurityGroups', 'SetSubnets'],
  },
  { source: 'aws.rds', detailType: API_CALL, eventNames: ['CreateDBInstance', 'ModifyDBInstance'] },
  { source: 'aws.ec2', detailType: INSTANCE_STATE, eventNames: ['running'] },
] as const satisfies readonly WatchedEvents[];
