import { beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, deploy, ofType, WATCHING } from './support/deployment.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

const containerOf = ({ scanners }: Deployment) => {
  const [task] = ofType(scanners, 'AWS::ECS::TaskDefinition');
  const [container] = (task?.Properties['ContainerDefinitions'] ?? []) as Record<string, unknown>[];
  return container ?? {};
};
const variable = (of: Deployment, name: string) =>
  (containerOf(of)['Environment'] as { Name: string; Value: unknown }[]).find(({ Name }) => Name === name)?.Value;

describe('the network of the scanners', () => {
  it('is public subnets of both address families without a NAT gateway', () => {
    expect(ofType(deployment.scanners, 'AWS::EC2::NatGateway')).toEqual([]);
    const subnets = ofType(deployment.scanners, 'AWS::EC2::Subnet');
    expect(subnets).toHaveLength(2);
    for (const { Properties } of subnets) expect(Properties['AssignIpv6AddressOnCreation']).toBe(true);
  });

  it('reaches S3 and DynamoDB without the internet', () => {
    const endpoints = ofType(deployment.scanners, 'AWS::EC2::VPCEndpoint').map(
      ({ Properties }) =>
        `${String(Properties['VpcEndpointType'])} ${JSON.stringify(Properties['ServiceName']).match(/\.(s3|dynamodb)"/)?.[1]}`,
    );
    expect(endpoints.toSorted()).toEqual(['Gateway dynamodb', 'Gateway s3']);
  });

  it('leaves flows untracked: TCP of all ports in from everywhere, everything out to everywhere, in both families', () => {
    const [group, ...more] = ofType(deployment.scanners, 'AWS::EC2::SecurityGroup');
    expect(more).toEqual([]);
    expect(group?.Properties['SecurityGroupIngress']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535 }),
        expect.objectContaining({ CidrIpv6: '::/0', IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535 }),
      ]),
    );
    expect(group?.Properties['SecurityGroupEgress']).toEqual([
      expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }),
      expect.objectContaining({ CidrIpv6: '::/0', IpProtocol: '-1' }),
    ]);
  });

  it('lets in only replies: to ports that Linux gives to outgoing connections, and errors', () => {
    const inward = ofType(deployment.scanners, 'AWS::EC2::NetworkAclEntry')
      .map(({ Properties }) => Properties)
      .filter(({ Egress }) => Egress === false);
    const tcp = inward.filter(({ Protocol }) => Protocol === 6);
    expect(tcp).toHaveLength(2);
    for (const { PortRange } of tcp) expect(PortRange).toEqual({ From: 32_768, To: 60_999 });
    const others = inward.filter(({ Protocol }) => Protocol !== 6).map(({ Protocol, Icmp }) => [Protocol, Icmp]);
    expect(others).toEqual([
      [1, { Type: 3, Code: -1 }],
      [58, { Type: 1, Code: -1 }],
      [58, { Type: 2, Code: -1 }],
    ]);
    // Its list takes the place of the default one, which lets everything in, in every subnet.
    expect(ofType(deployment.scanners, 'AWS::EC2::SubnetNetworkAclAssociation')).toHaveLength(2);
  });
});

describe('the scanner', () => {
  it('runs without rights: no root, no capability, nothing to write to', () => {
    expect(containerOf(deployment)).toMatchObject({
      User: 'node',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
    });
    expect(containerOf(deployment)).not.toHaveProperty('Privileged');
    expect(containerOf(deployment)).not.toHaveProperty('PortMappings');
  });

  it('has file descriptors enough for its sockets and time to give work back', () => {
    expect(containerOf(deployment)).toMatchObject({
      StopTimeout: 60,
      Ulimits: [{ Name: 'nofile', SoftLimit: 65_535, HardLimit: 65_535 }],
    });
  });

  it('runs on ARM, the first task on demand and those beyond it on spare capacity', () => {
    const [task] = ofType(deployment.scanners, 'AWS::ECS::TaskDefinition');
    expect(task?.Properties['RuntimePlatform']).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
    const [service] = ofType(deployment.scanners, 'AWS::ECS::Service');
    expect(service?.Properties['CapacityProviderStrategy']).toEqual([
      { CapacityProvider: 'FARGATE', Base: 1, Weight: 0 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 1 },
    ]);
    expect(service?.Properties['DesiredCount']).toBeUndefined();
  });

  it.each([
    [12_000, 3, '4000'],
    [5_000, 1, '5000'],
    [1, 1, '1'],
    [100_000, 10, '10000'],
  ])('keeps to the configured rate with every task running: %i probes a second, %i tasks', (rate, tasks, each) => {
    const deployed = deploy({ ...WATCHING, rate });
    const [target] = ofType(deployed.scanners, 'AWS::ApplicationAutoScaling::ScalableTarget');
    expect(target?.Properties).toMatchObject({ MinCapacity: 0, MaxCapacity: tasks });
    expect(variable(deployed, 'RATE')).toBe(each);
  });
});

describe('how many scanners run', () => {
  interface Step {
    MetricIntervalLowerBound?: number;
    MetricIntervalUpperBound?: number;
    ScalingAdjustment: number;
  }
  const policy = (name: string) => {
    const all = ofType(deployment.scanners, 'AWS::ApplicationAutoScaling::ScalingPolicy');
    const found = all.find(({ Properties }) => String(Properties['PolicyName']).includes(name));
    return found?.Properties['StepScalingPolicyConfiguration'] as { AdjustmentType: string; StepAdjustments: Step[] };
  };

  it('grows with the work, one task for each twenty shards', () => {
    const { AdjustmentType, StepAdjustments } = policy('ScalingStart');
    expect(AdjustmentType).toBe('ExactCapacity');
    expect(StepAdjustments).toEqual([
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 20, MetricIntervalUpperBound: 40, ScalingAdjustment: 2 },
      { MetricIntervalLowerBound: 40, ScalingAdjustment: 3 },
    ]);
  });

  it('is none when there has been no work for a quarter of an hour, whether or not the queues say so', () => {
    expect(policy('ScalingStop').StepAdjustments).toEqual([{ MetricIntervalUpperBound: 0, ScalingAdjustment: 0 }]);
    const idle = ofType(deployment.scanners, 'AWS::CloudWatch::Alarm').find(
      ({ Properties }) => Properties['Threshold'] === 0,
    );
    expect(idle?.Properties).toMatchObject({ EvaluationPeriods: 3, TreatMissingData: 'breaching' });
  });

  it('counts what waits and what is being scanned in all three lanes, late work fourfold, in at most ten metrics', () => {
    for (const { Properties } of ofType(deployment.scanners, 'AWS::CloudWatch::Alarm')) {
      const metrics = Properties['Metrics'] as {
        Expression?: string;
        MetricStat?: { Period: number; Metric: { MetricName: string } };
      }[];
      expect(metrics).toHaveLength(10);
      const names = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
      for (const name of ['MessagesVisible', 'MessagesNotVisible', 'AgeOfOldestMessage']) {
        expect(names.filter((metric) => metric.endsWith(name))).toHaveLength(3);
      }
      const [expression] = metrics.flatMap(({ Expression }) => Expression ?? []);
      expect(expression).toBe(
        'SUM([SUM([waiting0,waiting1,waiting2]),SUM([scanning0,scanning1,scanning2])])*IF(FILL(MAX([age0,age1,age2]),0)>300,4,1)',
      );
    }
  });
});
