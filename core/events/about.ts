import { idsIn, namesNothing, TOUCHED_EVERYTHING } from './event-ids.ts';
import type { Touched, TouchedIds, TouchedKind } from './firewall-event.ts';

/** The parts of CloudTrail's record that say what a call was about. */
interface Call {
  readonly eventName: string;
  readonly requestParameters: unknown;
  readonly responseElements: unknown;
}

/** What of a call counts; null: it is about everything in its account and Region. */
const ABOUT: Readonly<Record<string, readonly TouchedKind[] | null>> = {
  AuthorizeSecurityGroupIngress: ['groupIds', 'ruleIds'],
  ModifySecurityGroupRules: ['groupIds', 'ruleIds'],
  RevokeSecurityGroupIngress: ['groupIds', 'ruleIds'],
  ModifyManagedPrefixList: ['prefixListIds'],
  ModifyNetworkInterfaceAttribute: ['interfaceIds'],
  ModifyInstanceAttribute: ['instanceIds'],
  AssociateSecurityGroupVpc: ['groupIds'],
  RunInstances: ['instanceIds', 'interfaceIds'],
  AssociateAddress: ['addresses', 'allocationIds', 'interfaceIds', 'instanceIds'],
  DisassociateAddress: ['addresses'],
  ReleaseAddress: ['addresses', 'allocationIds'],
  AssignIpv6Addresses: ['interfaceIds'],
  CreateNetworkInterface: ['interfaceIds'],
  AttachNetworkInterface: ['interfaceIds', 'instanceIds'],
  CreateRoute: ['routeTableIds'],
  ReplaceRoute: ['routeTableIds'],
  AssociateRouteTable: ['routeTableIds', 'subnetIds'],
  ReplaceRouteTableAssociation: ['routeTableIds'],
  AttachInternetGateway: ['vpcIds'],
  CreateNetworkAclEntry: ['aclIds'],
  ReplaceNetworkAclEntry: ['aclIds'],
  DeleteNetworkAclEntry: ['aclIds'],
  ReplaceNetworkAclAssociation: ['aclIds'],
  ModifyVpcBlockPublicAccessOptions: null,
  CreateVpcBlockPublicAccessExclusion: ['vpcIds', 'subnetIds'],
  ModifyVpcBlockPublicAccessExclusion: null,
  CreateLoadBalancer: ['loadBalancerArns'],
  CreateListener: ['loadBalancerArns'],
  ModifyListener: ['loadBalancerArns'],
  SetSecurityGroups: ['loadBalancerArns'],
  SetSubnets: ['loadBalancerArns'],
  CreateDBInstance: null,
  ModifyDBInstance: null,
};

/** What the call names of what counts. */
export function namedIn(call: Call): TouchedIds {
  return idsIn([call.requestParameters, call.responseElements], ABOUT[call.eventName] ?? []);
}

/** A call that names nothing of what counts, such as one by group name with its answer left out, is about everything. */
export function touchedBy(call: Call): Touched {
  const ids = namedIn(call);
  return namesNothing(ids) ? TOUCHED_EVERYTHING : { ...ids, everything: false };
}
