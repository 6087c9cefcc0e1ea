import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  type CreateNetworkInterfaceCommandInput,
} from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { ec2CloudReader } from '../../../adapters/aws/ec2/cloud-reader.ts';
import { ec2RuleChanger } from '../../../adapters/aws/ec2/rule-changer.ts';
import { assumedClients, type AssumedClientsOptions } from '../../../adapters/aws/roles.ts';
import type { AccountAccess } from '../../../core/cloud/access.ts';
import type { Place } from '../../../core/cloud/network.ts';
import type { RuleShape } from '../../../core/remediation/security-groups/rule-step.ts';
import { emulatorClientConfig } from '../emulators/client-config.ts';

/** moto's account for access keys that it did not make. */
export const OWN_ACCOUNT = '123456789012';
export const PLACE: Place = { account: OWN_ACCOUNT, region: 'eu-west-1' };
export const NOW = '2026-03-01T09:00:00.000Z';

/** moto's own account without a read role, changed through a role. */
export function ownAccess(over: Partial<AccountAccess> = {}): AccountAccess {
  return {
    account: OWN_ACCOUNT,
    regions: [PLACE.region],
    readRole: null,
    writeRole: `arn:aws:iam::${OWN_ACCOUNT}:role/portcullis-write`,
    externalId: 'portcullis-1',
    ...over,
  };
}

/** The adapters under test, for a service at `url`. */
export function adaptersAt(
  url: string,
  options: { access?: AccountAccess[]; pageSize?: number } & Partial<AssumedClientsOptions> = {},
) {
  const { access = [ownAccess()], pageSize, ...rest } = options;
  const { credentials } = emulatorClientConfig(url);
  const clock = { now: () => NOW };
  const source = assumedClients({
    access,
    region: 'us-east-1',
    clock,
    sessionName: 'portcullis-test',
    client: { endpoint: url, credentials },
    ...rest,
  });
  const paged = { clientsFor: source.clientsFor, ...(pageSize !== undefined && { pageSize }) };
  return {
    ...source,
    reader: ec2CloudReader({ access, clock, ...paged }),
    changer: ec2RuleChanger(paged),
  };
}

/** Credentials in any account: moto assumes every role. */
export async function credentialsIn(account: string, url: string) {
  const sts = new STSClient(emulatorClientConfig(url));
  const RoleArn = `arn:aws:iam::${account}:role/admin`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  sts.destroy();
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials!;
  return { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey!, sessionToken: sessionToken! };
}

export function adminClient(url: string, region = PLACE.region): EC2Client {
  return new EC2Client({ ...emulatorClientConfig(url), region });
}

/** tcp 20-30 from everywhere. */
export function aShape(over: Partial<RuleShape> = {}): RuleShape {
  return {
    protocol: 'tcp',
    fromPort: 20,
    toPort: 30,
    source: { kind: 'ipv4', cidr: '0.0.0.0/0' },
    description: 'everything',
    ...over,
  };
}

export interface SmallVpc {
  readonly vpcId: string;
  readonly subnetId: string;
  /** A /64 of the subnet. */
  readonly ipv6: string;
  group(name: string): Promise<string>;
  networkInterface(groupIds: string[], over?: Partial<CreateNetworkInterfaceCommandInput>): Promise<string>;
  /** An elastic IP on the interface, or on none. */
  elasticIp(interfaceId?: string): Promise<{ address: string; allocationId: string }>;
  tag(id: string, tags: Record<string, string>): Promise<void>;
}

/** A VPC of 10.9.0.0/16 with one subnet, both with IPv6. */
export async function aVpc(ec2: EC2Client): Promise<SmallVpc> {
  const made = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16', AmazonProvidedIpv6CidrBlock: true }));
  const vpcId = made.Vpc!.VpcId!;
  const described = await ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));
  const block = described.Vpcs![0]!.Ipv6CidrBlockAssociationSet![0]!.Ipv6CidrBlock!;
  const ipv6 = block.replace('/56', '/64');
  const subnet = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.9.1.0/24', Ipv6CidrBlock: ipv6 }),
  );
  const subnetId = subnet.Subnet!.SubnetId!;
  return {
    vpcId,
    subnetId,
    ipv6,
    async group(name) {
      const group = await ec2.send(
        new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpcId }),
      );
      return group.GroupId!;
    },
    async networkInterface(groupIds, over = {}) {
      const eni = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, Groups: groupIds, ...over }));
      return eni.NetworkInterface!.NetworkInterfaceId!;
    },
    async elasticIp(interfaceId) {
      const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      if (interfaceId !== undefined) {
        await ec2.send(new AssociateAddressCommand({ AllocationId: AllocationId!, NetworkInterfaceId: interfaceId }));
      }
      return { address: PublicIp!, allocationId: AllocationId! };
    },
    async tag(id, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
    },
  };
}
