import { CreateSubnetCommand, type EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
  type CreateTargetGroupCommandInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CloudNetwork, LoadBalancer } from '../../../core/cloud/network.ts';
import { inPages } from '../../support/aws/in-pages.ts';
import { adaptersAt, adminClient, aVpc, PLACE, type SmallVpc } from '../../support/aws/small-cloud.ts';
import { queryError, startWireProxy, type Intercept, type WireProxy } from '../../support/aws/wire-proxy.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';

describeWith(['moto'], 'load balancers, read', () => {
  let moto: Emulator;
  let proxy: WireProxy;
  let intercept: Intercept;
  let ec2: EC2Client;
  let elb: ElasticLoadBalancingV2Client;
  let vpc: SmallVpc;
  let adapters: ReturnType<typeof adaptersAt>;
  let front: { arn: string; groupId: string; interfaceId: string; address: string };
  let net: { arn: string };
  let webGroup: string;
  let instanceId: string;
  let behind: { id: string; private: string; address: string };
  let network: CloudNetwork;

  beforeAll(async () => {
    moto = await startMoto();
    intercept = asAws;
    proxy = await startWireProxy(moto.url, (call, forward) => intercept(call, forward));
    ec2 = adminClient(moto.url);
    elb = new ElasticLoadBalancingV2Client({ ...emulatorClientConfig(moto.url), region: PLACE.region });
    adapters = adaptersAt(proxy.url);
    vpc = await aVpc(ec2);
    const other = await ec2.send(
      new CreateSubnetCommand({ VpcId: vpc.vpcId, CidrBlock: '10.9.2.0/24', AvailabilityZone: 'eu-west-1b' }),
    );
    const Subnets = [vpc.subnetId, other.Subnet!.SubnetId!];
    webGroup = await vpc.group('web');
    const groupId = await vpc.group('front');
    const run = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-12c6146b',
        MinCount: 1,
        MaxCount: 1,
        SubnetId: vpc.subnetId,
        SecurityGroupIds: [webGroup],
      }),
    );
    instanceId = run.Instances![0]!.InstanceId!;
    const { NetworkInterfaceId: id, PrivateIpAddress: inside } = run.Instances![0]!.NetworkInterfaces![0]!;
    behind = { id: id!, private: inside!, address: (await vpc.elasticIp(id)).address };

    const arn = await balancer({ Name: 'front', Subnets, SecurityGroups: [groupId], Scheme: 'internet-facing' });
    const description = `ELB ${arn.slice(arn.indexOf('app/'))}`;
    const interfaceId = await vpc.networkInterface([groupId], { Description: description });
    front = { arn, groupId, interfaceId, address: (await vpc.elasticIp(interfaceId)).address };
    const byInstance = await targets({ Name: 'by-instance', Protocol: 'HTTP', Port: 8_080 }, [{ Id: instanceId }]);
    const byAddress = await targets({ Name: 'by-address', Protocol: 'HTTP', Port: 8_081, TargetType: 'ip' }, [
      { Id: behind.private, Port: 9_000 },
    ]);
    const listener = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: arn,
        Protocol: 'HTTP',
        Port: 80,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: byInstance }],
      }),
    );
    await elb.send(
      new CreateRuleCommand({
        ListenerArn: listener.Listeners![0]!.ListenerArn!,
        Priority: 1,
        Conditions: [{ Field: 'path-pattern', Values: ['/api'] }],
        Actions: [
          {
            Type: 'forward',
            ForwardConfig: { TargetGroups: [{ TargetGroupArn: byAddress, Weight: 1 }] },
          },
        ],
      }),
    );

    net = { arn: await balancer({ Name: 'net', Subnets, Type: 'network', Scheme: 'internal' }) };
    const keeps = await targets({ Name: 'keeps', Protocol: 'TCP', Port: 22 }, [{ Id: instanceId }]);
    const hides = await targets({ Name: 'hides', Protocol: 'TCP', Port: 23, TargetType: 'ip' }, [{ Id: '10.200.0.1' }]);
    const told = await targets({ Name: 'told', Protocol: 'TCP', Port: 24, TargetType: 'ip' }, [{ Id: '10.200.0.2' }]);
    await elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: told,
        Attributes: [{ Key: 'preserve_client_ip.enabled', Value: 'true' }],
      }),
    );
    for (const [Port, TargetGroupArn] of [
      [2_222, keeps],
      [2_323, hides],
      [2_424, told],
    ] as const) {
      await elb.send(
        new CreateListenerCommand({
          LoadBalancerArn: net.arn,
          Protocol: 'TCP',
          Port,
          DefaultActions: [{ Type: 'forward', TargetGroupArn }],
        }),
      );
    }
    await balancer({ Name: 'idle', Subnets, Scheme: 'internet-facing' });
    network = await adapters.reader.readAll(PLACE);
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    adapters.destroy();
    ec2.destroy();
    elb.destroy();
    await proxy.close();
    await moto.close();
  });

  async function balancer(input: ConstructorParameters<typeof CreateLoadBalancerCommand>[0]): Promise<string> {
    const made = await elb.send(
      new CreateLoadBalancerCommand({ ...input, Tags: [{ Key: 'team', Value: input.Name! }] }),
    );
    return made.LoadBalancers![0]!.LoadBalancerArn!;
  }

  async function targets(input: CreateTargetGroupCommandInput, Targets: { Id: string; Port?: number }[]) {
    const made = await elb.send(new CreateTargetGroupCommand({ ...input, VpcId: vpc.vpcId }));
    const arn = made.TargetGroups![0]!.TargetGroupArn!;
    await elb.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    return arn;
  }

  const named = (from: CloudNetwork, name: string): LoadBalancer =>
    from.loadBalancers.find((each) => each.name === name)!;
  const targetsOf = (from: LoadBalancer) =>
    from.listeners.map(({ port, targets: all }) => [
      port,
      all.map((to) => `${to.id}:${to.port}${to.preservesClientIp ? ' as the client' : ''}`),
    ]);

  it('an application load balancer has its interfaces, groups, tags and the targets of every rule', () => {
    const read = named(network, 'front');
    expect(read).toMatchObject({
      arn: front.arn,
      kind: 'application',
      internetFacing: true,
      vpcId: vpc.vpcId,
      groupIds: [front.groupId],
      interfaceIds: [front.interfaceId],
      tags: { team: 'front' },
    });
    expect(read.subnetIds).toHaveLength(2);
    expect(targetsOf(read)).toEqual([[80, expect.arrayContaining([`${instanceId}:8080`, `${behind.private}:9000`])]]);
  });

  it('targets of a network load balancer see the client as its attribute says, or by default when it says nothing', () => {
    const read = named(network, 'net');
    expect(read).toMatchObject({ kind: 'network', internetFacing: false, groupIds: [], interfaceIds: [] });
    expect(targetsOf(read)).toEqual([
      [2_222, [`${instanceId}:22 as the client`]],
      [2_323, ['10.200.0.1:23']],
      [2_424, ['10.200.0.2:24 as the client']],
    ]);
  });

  it('one without listeners is there', () => {
    expect(named(network, 'idle')).toMatchObject({ listeners: [], interfaceIds: [] });
  });

  it('around a target are the load balancers that lead to it, with their interfaces and groups, and no others', async () => {
    const around = await adapters.reader.readAround(PLACE, behind.address);
    expect(around.loadBalancers).toEqual([named(network, 'front'), named(network, 'net')].sort(byArn));
    expect(around.interfaces.map(({ id }) => id)).toContain(front.interfaceId);
    expect(around.groups.map(({ id }) => id)).toEqual([front.groupId, webGroup].sort());
  });

  it('around an address of a load balancer are its targets with their groups', async () => {
    const around = await adapters.reader.readAround(PLACE, front.address);
    expect(around.loadBalancers).toEqual([named(network, 'front')]);
    expect(around.interfaces.map(({ id }) => id).sort()).toEqual([front.interfaceId, behind.id].sort());
    expect(around.groups.map(({ id }) => id)).toEqual([front.groupId, webGroup].sort());
    expect(around.instances.map(({ id }) => id)).toEqual([instanceId]);
  });

  it('pages of every size give the same load balancers', async () => {
    const paging = inPages();
    const paged = await startWireProxy(proxy.url, paging);
    for (const pageSize of [5, 400, 1_000]) {
      const at = adaptersAt(paged.url, { pageSize });
      expect((await at.reader.readAll(PLACE)).loadBalancers).toEqual(network.loadBalancers);
      at.destroy();
    }
    expect(paged.calls.filter(({ params }) => params.has('Marker')).length).toBeGreaterThan(10);
    await paged.close();
  });

  it('a target group that is deleted between two calls has no targets', async () => {
    const gone = await targets({ Name: 'gone', Protocol: 'HTTP', Port: 80 }, [{ Id: instanceId }]);
    intercept = async (call, forward) => {
      const answer = await asAws(call, forward);
      if (call.action !== 'DescribeTargetGroups') return answer;
      // As if it had served the load balancer when it was listed.
      const body = answer.body.replace(
        new RegExp(`(${gone}</TargetGroupArn>.*?)<LoadBalancerArns ?/?>(</LoadBalancerArns>)?`, 's'),
        `$1<LoadBalancerArns><member>${front.arn}</member></LoadBalancerArns>`,
      );
      await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: gone }));
      return { ...answer, body };
    };
    const read = await adapters.reader.readAll(PLACE);
    expect(read.loadBalancers).toEqual(network.loadBalancers);
    const asked = proxy.calls.filter(({ action }) => action === 'DescribeTargetHealth');
    expect(asked.map(({ params }) => params.get('TargetGroupArn'))).toContain(gone);
    intercept = asAws;
  });

  it('where ELB refuses, load balancers are not known and everything else is', async () => {
    intercept = async (call, forward) =>
      call.action === 'DescribeLoadBalancers' ? queryError(403, 'AccessDenied') : asAws(call, forward);
    const read = await adapters.reader.readAll(PLACE);
    expect(read).toEqual({
      ...network,
      loadBalancers: [],
      unread: [
        'elasticloadbalancing:DescribeLoadBalancers on load balancers of account 123456789012 in eu-west-1 ' +
          "was refused to Portcullis's own role (AccessDenied).",
      ],
    });
    intercept = asAws;
  });
});

const byArn = (a: LoadBalancer, b: LoadBalancer) => (a.arn < b.arn ? -1 : 1);

/** AWS says of a load balancer's interface that ELB manages it; moto makes none, and this test's own one is not managed. */
const asAws: Intercept = async ({ action }, forward) => {
  const answer = await forward();
  if (action !== 'DescribeNetworkInterfaces') return answer;
  const body = answer.body.replaceAll(
    '<requesterManaged>false</requesterManaged>',
    '<requesterManaged>true</requesterManaged>',
  );
  return { ...answer, body };
};
