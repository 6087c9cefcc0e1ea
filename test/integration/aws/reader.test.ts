import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateInternetGatewayCommand,
  AttachInternetGatewayCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CloudNetwork } from '../../../core/cloud/network.ts';
import { BadInput } from '../../../core/errors.ts';
import { inPages } from '../../support/aws/in-pages.ts';
import { adaptersAt, adminClient, aShape, aVpc, NOW, PLACE, type SmallVpc } from '../../support/aws/small-cloud.ts';
import { startWireProxy } from '../../support/aws/wire-proxy.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';

const RULES = 1_000;

describeWith(['moto'], 'a network, read', () => {
  let moto: Emulator;
  let ec2: EC2Client;
  let vpc: SmallVpc;
  let adapters: ReturnType<typeof adaptersAt>;
  let small: string;
  let large: string;
  let listId: string;
  let aclId: string;
  let tableId: string;
  let gatewayId: string;
  let primary: string;
  let secondary: string;
  let instanceId: string;
  let elastic: { address: string; allocationId: string };
  let waiting: { address: string; allocationId: string };
  let network: CloudNetwork;

  beforeAll(async () => {
    moto = await startMoto();
    ec2 = adminClient(moto.url);
    adapters = adaptersAt(moto.url);
    vpc = await aVpc(ec2);
    [small, large] = [await vpc.group('small'), await vpc.group('large')];
    const list = await ec2.send(
      new CreateManagedPrefixListCommand({
        PrefixListName: 'offices',
        AddressFamily: 'IPv4',
        MaxEntries: 20,
        Entries: Array.from({ length: 12 }, (_, i) => ({ Cidr: `198.18.${i}.0/24`, Description: `office ${i}` })),
      }),
    );
    listId = list.PrefixList!.PrefixListId!;
    await adapters.changer.apply(PLACE, { op: 'authorize', groupId: small, rule: aShape(), tags: { why: 'web' } });
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: large,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 443,
            ToPort: 443,
            // More than 60 ranges are beyond moto's quota; lists do not count there. Only the first exists.
            PrefixListIds: Array.from({ length: RULES }, (_, i) => ({
              PrefixListId: i === 0 ? listId : `pl-${String(i).padStart(17, '0')}`,
            })),
          },
        ],
      }),
    );
    const acl = await ec2.send(new CreateNetworkAclCommand({ VpcId: vpc.vpcId }));
    aclId = acl.NetworkAcl!.NetworkAclId!;
    const row = { NetworkAclId: aclId, RuleAction: 'deny', CidrBlock: '1.0.0.0/8' } as const;
    await ec2.send(
      new CreateNetworkAclEntryCommand({
        ...row,
        RuleNumber: 90,
        Egress: false,
        Protocol: '6',
        PortRange: { From: 22, To: 25 },
      }),
    );
    await ec2.send(new CreateNetworkAclEntryCommand({ ...row, RuleNumber: 100, Egress: true, Protocol: '-1' }));
    const gateway = await ec2.send(new CreateInternetGatewayCommand({}));
    gatewayId = gateway.InternetGateway!.InternetGatewayId!;
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc.vpcId, InternetGatewayId: gatewayId }));
    const table = await ec2.send(new CreateRouteTableCommand({ VpcId: vpc.vpcId }));
    tableId = table.RouteTable!.RouteTableId!;
    await ec2.send(
      new CreateRouteCommand({ RouteTableId: tableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayId }),
    );
    primary = await vpc.networkInterface([small], { Ipv6AddressCount: 1, SecondaryPrivateIpAddressCount: 2 });
    secondary = await vpc.networkInterface([small, large]);
    elastic = await vpc.elasticIp(primary);
    waiting = await vpc.elasticIp();
    await vpc.tag(primary, { owner: 'payments', Name: 'ü <&> "front"' });
    await vpc.tag(elastic.allocationId, { cost: '42' });
    const run = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [
          { DeviceIndex: 0, SubnetId: vpc.subnetId, Groups: [large], AssociatePublicIpAddress: true },
        ],
      }),
    );
    instanceId = run.Instances![0]!.InstanceId!;
    // Enough for several pages of every kind.
    for (let i = 0; i < 12; i += 1) await vpc.networkInterface([small]);
    for (let i = 0; i < 7; i += 1) await vpc.group(`spare-${i}`);
    network = await adapters.reader.readAll(PLACE);
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    adapters.destroy();
    ec2.destroy();
    await moto.close();
  });

  const interfaceOf = (id: string) => network.interfaces.find((each) => each.id === id)!;

  it('says where and when', () => {
    expect(network).toMatchObject({ ...PLACE, readAt: NOW, unread: [] });
    expect(adapters.reader.places).toEqual([PLACE]);
  });

  it('an interface has its private, secondary, elastic and IPv6 addresses, groups and tags', () => {
    const read = interfaceOf(primary);
    expect(read).toMatchObject({
      vpcId: vpc.vpcId,
      subnetId: vpc.subnetId,
      groupIds: [small],
      instanceId: null,
      kind: 'interface',
      requesterManaged: false,
      tags: { owner: 'payments', Name: 'ü <&> "front"' },
    });
    expect(read.ipv4.map((each) => [each.public, each.primary])).toEqual([
      [elastic.address, true],
      [null, false],
      [null, false],
    ]);
    expect(read.ipv4.every((each) => each.private.startsWith('10.9.1.'))).toBe(true);
    expect(read.ipv6).toHaveLength(1);
    expect(elastic.address).toMatch(/^127\./);
  });

  it('an instance has a state, and its interface the public address that was given to it', () => {
    expect(network.instances.filter(({ id }) => id === instanceId)).toMatchObject([{ state: 'running' }]);
    const [eni] = network.interfaces.filter((each) => each.instanceId === instanceId);
    expect(eni?.groupIds).toEqual([large]);
    expect(eni?.ipv4[0]?.public).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it('an elastic IP on no interface is listed as such', () => {
    expect(network.elasticAddresses.find(({ address }) => address === waiting.address)).toEqual({
      ...waiting,
      interfaceId: null,
      tags: {},
    });
    expect(network.elasticAddresses.find(({ address }) => address === elastic.address)).toMatchObject({
      interfaceId: primary,
      tags: { cost: '42' },
    });
  });

  it('a group of 1,000 rules has them all, one by one', () => {
    const group = network.groups.find(({ id }) => id === large)!;
    const ingress = group.rules.filter(({ egress }) => !egress);
    expect(ingress).toHaveLength(RULES);
    expect(new Set(ingress.map(({ id }) => id)).size).toBe(RULES);
    expect(new Set(ingress.map(({ source }) => (source.kind === 'prefix-list' ? source.id : '')))).toContain(listId);
    expect(group).toMatchObject({ name: 'large', vpcId: vpc.vpcId, ownerId: PLACE.account });
  });

  it('prefix lists that rules refer to have their entries; others are not read, and those that are gone are absent', () => {
    expect(network.prefixLists.map(({ id }) => id)).toEqual([listId]);
    const [list] = network.prefixLists;
    expect(list).toMatchObject({ name: 'offices', family: 'v4', ownerId: PLACE.account, maxEntries: 20 });
    expect(list?.entries).toHaveLength(12);
    expect(list?.entries).toContainEqual({ cidr: '198.18.3.0/24', description: 'office 3' });
  });

  it('access lists and route tables keep their order, numbers, protocols and targets', () => {
    const acl = network.acls.find(({ id }) => id === aclId)!;
    expect(acl.entries.filter(({ number }) => number < 32_767)).toEqual([
      { number: 90, egress: false, allow: false, protocol: 'tcp', cidr: '1.0.0.0/8', ports: { from: 22, to: 25 } },
      { number: 100, egress: true, allow: false, protocol: '-1', cidr: '1.0.0.0/8', ports: null },
    ]);
    const table = network.routeTables.find(({ id }) => id === tableId)!;
    expect(table).toMatchObject({ vpcId: vpc.vpcId, isMain: false, subnetIds: [] });
    expect(table.routes).toContainEqual({ destination: '0.0.0.0/0', target: gatewayId, active: true });
    expect(network.routeTables.filter((each) => each.vpcId === vpc.vpcId && each.isMain)).toHaveLength(1);
  });

  it('networks of VPCs and subnets are IPv4 and IPv6', () => {
    const ipv6 = vpc.ipv6.replace('/64', '/56');
    expect(network.vpcs.find(({ id }) => id === vpc.vpcId)?.cidrs).toEqual(['10.9.0.0/16', ipv6]);
    expect(network.subnets.find(({ id }) => id === vpc.subnetId)?.cidrs).toEqual(['10.9.1.0/24', vpc.ipv6]);
  });

  it('what a service does not have is not known, and nobody is asked for permission', () => {
    expect(network.publicAccessBlock).toBeNull();
    expect(network.unread).toEqual([]);
  });

  it('every page size gives the same network', async () => {
    const proxy = await startWireProxy(moto.url, inPages());
    const readBy = async (pageSize: number) => {
      const paged = adaptersAt(proxy.url, { pageSize });
      const read = await paged.reader.readAll(PLACE);
      paged.destroy();
      expect(read, `page size ${pageSize}`).toEqual(network);
    };
    // The least and the most that each call takes, what divides the counts evenly, and one on either side.
    for (const pageSize of [5, 6, 99, 100, 101, 400, 401, 500, 999, 1_000]) await readBy(pageSize);
    await fc.assert(fc.asyncProperty(fc.integer({ min: 5, max: 1_000 }), readBy), { numRuns: 15 });
    expect(proxy.calls.filter(({ params }) => params.has('NextToken')).length).toBeGreaterThan(500);
    await proxy.close();
  });

  it.each([4, 1_001, 5.5, Number.NaN])('a page of %s items is not possible', (pageSize) => {
    expect(() => adaptersAt(moto.url, { pageSize })).toThrow(BadInput);
  });

  it('a service that repeats its page token is an error, not a network with less in it', async () => {
    const proxy = await startWireProxy(moto.url, async (call, forward) => {
      const answer = await forward();
      if (call.action !== 'DescribeSecurityGroupRules') return answer;
      return { ...answer, body: answer.body.replace('</requestId>', '</requestId><nextToken>again</nextToken>') };
    });
    const stuck = adaptersAt(proxy.url);
    await expect(stuck.reader.readAll(PLACE)).rejects.toMatchObject({
      message: 'ec2:DescribeSecurityGroupRules failed in account 123456789012 in eu-west-1.',
      cause: { message: 'the service repeated the page token again' },
    });
    stuck.destroy();
    await proxy.close();
  });

  it.each([
    ['its elastic IP', () => elastic.address],
    ['its private address', () => interfaceOf(primary).ipv4[0]!.private],
    ['its IPv6 address', () => interfaceOf(primary).ipv6[0]!],
    ['its IPv6 address in capitals', () => interfaceOf(primary).ipv6[0]!.toUpperCase()],
  ])('around an interface, found by %s, is what bears on it and nothing else', async (_which, address) => {
    const around = await adapters.reader.readAround(PLACE, address());
    const sharing = network.interfaces.filter(({ groupIds }) => groupIds.includes(small));
    expect(sharing).toHaveLength(14);
    expect(around.interfaces).toEqual(sharing);
    expect(around.groups).toEqual(network.groups.filter(({ id }) => id === small));
    expect(around.subnets.map(({ id }) => id)).toEqual([vpc.subnetId]);
    expect(around.vpcs.map(({ id }) => id)).toEqual([vpc.vpcId]);
    expect(around.acls).toEqual(network.acls.filter(({ subnetIds }) => subnetIds.includes(vpc.subnetId)));
    expect(around.routeTables).toEqual(network.routeTables.filter(({ vpcId }) => vpcId === vpc.vpcId));
    expect(around.prefixLists).toEqual([]);
  });

  it('around an instance are its state, its group of 1,000 rules and the lists they refer to', async () => {
    const [eni] = network.interfaces.filter((each) => each.instanceId === instanceId);
    const around = await adapters.reader.readAround(PLACE, eni!.ipv4[0]!.public!);
    expect(around.instances).toEqual(network.instances);
    expect(around.groups).toEqual(network.groups.filter(({ id }) => id === large));
    expect(around.prefixLists).toEqual(network.prefixLists);
    expect(around.interfaces.map(({ id }) => id).sort()).toEqual([eni!.id, secondary].sort());
  });

  it('around an elastic IP on no interface there is nothing but the elastic IP', async () => {
    const around = await adapters.reader.readAround(PLACE, waiting.address);
    expect(around).toMatchObject({ interfaces: [], groups: [], subnets: [], loadBalancers: [] });
    expect(around.elasticAddresses).toEqual([{ ...waiting, interfaceId: null, tags: {} }]);
  });

  it('around an address that was released there is nothing', async () => {
    for (const address of ['203.0.113.9', '2001:db8::9']) {
      const around = await adapters.reader.readAround(PLACE, address);
      expect(around).toMatchObject({ interfaces: [], groups: [], elasticAddresses: [], unread: [] });
    }
  });

  it('what is no address is refused before any call', async () => {
    await expect(adapters.reader.readAround(PLACE, '10.0.0.300')).rejects.toThrow(BadInput);
  });

  it('a group that was deleted is absent from the next read', async () => {
    const gone = await vpc.group('gone');
    expect((await adapters.reader.readAll(PLACE)).groups.map(({ id }) => id)).toContain(gone);
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: gone }));
    expect((await adapters.reader.readAll(PLACE)).groups).toEqual(network.groups);
  });
});
