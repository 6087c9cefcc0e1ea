import {
  AllocateAddressCommand,
  AssignPrivateIpAddressesCommand,
  AssignIpv6AddressesCommand,
  AssociateAddressCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  type EC2Client,
  type InstanceNetworkInterface,
  type Tag,
  ModifySubnetAttributeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Case, isReachable } from '../corpus/case.ts';
import type { Interface, Machine } from '../corpus/world.ts';
import { makeBalancer } from './balancer.ts';
import { makeGroups } from './groups.ts';
import { idOf, makeVpc, type Vpc } from './vpc.ts';

export interface MotoClients {
  readonly ec2: EC2Client;
  readonly elb: ElasticLoadBalancingV2Client;
}

/** A case as it stands in the emulated account. */
export interface Placed {
  readonly case: Case;
  /** The address in question: the public one where there is one. */
  readonly address: string;
  readonly instanceId: string;
  readonly vpcId: string;
  /** Group id -> its name in the case, the VPC's own group included. */
  readonly groups: ReadonlyMap<string, string>;
  /** List id -> its name in the case. */
  readonly lists: ReadonlyMap<string, string>;
  /** Groups on the interface in question. */
  readonly attached: readonly string[];
}

/** Any image: moto starts nothing. */
const IMAGE = 'ami-12c6146b';

/** Builds the case in a VPC of its own, 10.SLOT.0.0/16, so that every tool's answer can be told to its case. */
export async function materialise(asked: Case, { ec2, elb }: MotoClients, slot: number): Promise<Placed> {
  const tags = tagsOf(asked);
  const vpc = await makeVpc(ec2, asked.world, slot);
  const { groups, lists } = await makeGroups(ec2, asked.world, vpc, tags);
  const made = new Map<string, { instanceId: string; interfaces: string[] }>();
  for (const [name, machine] of Object.entries(asked.world.machines)) {
    made.set(name, await makeMachine(ec2, machine, vpc, groups, tags));
  }
  const own = made.get('asked');
  const eni = own?.interfaces[asked.ask.interface];
  if (own === undefined || eni === undefined) throw new Error(`${asked.name} has no machine or interface to ask about`);
  const { balancer } = asked.world;
  if (balancer !== null) await makeBalancer(ec2, elb, { balancer, vpc, groups, instanceId: own.instanceId, slot });
  return {
    case: asked,
    address: await addressOf(ec2, eni, asked.ask.family),
    instanceId: own.instanceId,
    vpcId: vpc.id,
    groups: new Map([...groups].map(([name, id]) => [id, name])),
    lists: new Map([...lists].map(([name, id]) => [id, name])),
    attached: (asked.world.machines['asked']?.interfaces[asked.ask.interface]?.groups ?? []).map((name) =>
      idOf(groups, name),
    ),
  };
}

/** `close` is what the close run of a tool selects by: the family of the address whose port is to be closed, or `no`. */
const tagsOf = (asked: Case): Tag[] => [
  { Key: 'case', Value: asked.name },
  { Key: 'close', Value: isReachable(asked) ? asked.ask.family : 'no' },
];

async function makeMachine(
  ec2: EC2Client,
  { state, interfaces }: Machine,
  vpc: Vpc,
  groups: ReadonlyMap<string, string>,
  tags: Tag[],
): Promise<{ instanceId: string; interfaces: string[] }> {
  const [first, ...others] = interfaces;
  if (first === undefined) throw new Error('a machine needs an interface');
  const subnetId = idOf(vpc.subnets, first.subnet);
  await ec2.send(
    new ModifySubnetAttributeCommand({
      SubnetId: subnetId,
      MapPublicIpOnLaunch: { Value: first.v4 === 'automatic' },
    }),
  );
  // Groups and subnet at the top of the call: with NetworkInterfaces moto forgets them in DescribeInstances, which the peers read.
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetId,
      SecurityGroupIds: first.groups.map((name) => idOf(groups, name)),
      TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
    }),
  );
  const instanceId = Instances?.[0]?.InstanceId;
  if (instanceId === undefined) throw new Error('moto started no instance');
  const enis = [await primaryOf(ec2, instanceId)];
  for (const [i, each] of others.entries()) enis.push(await makeSecondary(ec2, instanceId, i + 1, each, vpc, groups));
  for (const [i, eni] of enis.entries()) await giveAddresses(ec2, eni, interfaces[i] ?? first);
  if (state === 'stopped') await ec2.send(new StopInstancesCommand({ InstanceIds: [instanceId] }));
  return { instanceId, interfaces: enis };
}

async function primaryOf(ec2: EC2Client, instanceId: string): Promise<string> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  const enis: InstanceNetworkInterface[] = Reservations?.[0]?.Instances?.[0]?.NetworkInterfaces ?? [];
  const id = enis[0]?.NetworkInterfaceId;
  if (id === undefined) throw new Error(`${instanceId} has no interface`);
  return id;
}

async function makeSecondary(
  ec2: EC2Client,
  instanceId: string,
  index: number,
  { subnet, groups: names }: Interface,
  vpc: Vpc,
  groups: ReadonlyMap<string, string>,
): Promise<string> {
  const { NetworkInterface } = await ec2.send(
    new CreateNetworkInterfaceCommand({
      SubnetId: idOf(vpc.subnets, subnet),
      Groups: names.map((name) => idOf(groups, name)),
    }),
  );
  const id = NetworkInterface?.NetworkInterfaceId;
  if (id === undefined) throw new Error('moto made no interface');
  await ec2.send(
    new AttachNetworkInterfaceCommand({ NetworkInterfaceId: id, InstanceId: instanceId, DeviceIndex: index }),
  );
  return id;
}

async function giveAddresses(ec2: EC2Client, eni: string, { v4, v6 }: Interface): Promise<void> {
  if (v6) await ec2.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId: eni, Ipv6AddressCount: 1 }));
  if (v4 === 'none' || v4 === 'automatic') return;
  let second: string | undefined;
  if (v4 === 'secondary') {
    const { AssignedPrivateIpAddresses } = await ec2.send(
      new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: eni, SecondaryPrivateIpAddressCount: 1 }),
    );
    second = AssignedPrivateIpAddresses?.at(-1)?.PrivateIpAddress;
  }
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await ec2.send(
    new AssociateAddressCommand({
      AllocationId,
      NetworkInterfaceId: eni,
      ...(second !== undefined && { PrivateIpAddress: second }),
    }),
  );
}

async function addressOf(ec2: EC2Client, eni: string, family: 'v4' | 'v6'): Promise<string> {
  const answer = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] }));
  const found = answer.NetworkInterfaces?.[0];
  const address =
    family === 'v6'
      ? found?.Ipv6Addresses?.[0]?.Ipv6Address
      : (found?.Association?.PublicIp ?? found?.PrivateIpAddress);
  if (address === undefined) throw new Error(`${eni} has no ${family} address`);
  return address;
}
