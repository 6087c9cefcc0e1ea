import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, deploy, ofType, resourcesOf, WATCHING } from './support/deployment.ts';

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

  it('leaves flows untracked: TCP and UDP of all ports in from everywhere, everything out to everywhere, in both families', () => {
    const [group, ...more] = ofType(deployment.scanners, 'AWS::EC2::SecurityGroup');
    expect(more).toEqual([]);
    expect(group?.Properties['SecurityGroupIngress']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535 }),
        expect.objectContaining({ CidrIpv6: '::/0', IpProtocol: 'tcp', FromPort: 0, ToPort: 65_535 }),
        expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: 'udp', FromPort: 0, ToPort: 65_535 }),
        expect.objectContaining({ CidrIpv6: '::/0', IpProtocol: 'udp', FromPort: 0, ToPort: 65_535 }),
      ]),
    );
    expect(group?.Properties['SecurityGroupEgress']).toEqual([
      expect.objectContaining({ CidrIp: '0.0.0.0/0', IpProtocol: '-1' }),
      expect.objectContaining({ CidrIpv6: '::/0', IpProtocol: '-1' }),
    ]);
  });

  it('lets in only replies: to ports that the engines send from, errors, and answers to pings', () => {
    const inward = ofType(deployment.scanners, 'AWS::EC2::NetworkAclEntry')
      .map(({ Properties }) => Properties)
      .filter(({ Egress }) => Egress === false);
    const replies = inward.filter(({ Protocol }) => Protocol === 6 || Protocol === 17);
    expect(replies.map(({ Protocol }) => Number(Protocol)).toSorted((a, b) => a - b)).toEqual([6, 6, 17, 17]);
    for (const { PortRange } of replies) expect(PortRange).toEqual({ From: 32_768, To: 65_535 });
    const others = inward.filter((entry) => !replies.includes(entry)).map(({ Protocol, Icmp }) => [Protocol, Icmp]);
    expect(others).toEqual([
      [1, { Type: 3, Code: -1 }],
      [58, { Type: 1, Code: -1 }],
      [58, { Type: 2, Code: -1 }],
      [1, { Type: 0, Code: -1 }],
      [1, { Type: 14, Code: -1 }],
      [58, { Type: 129, Code: -1 }],
    ]);
    // Its list takes the place of the default one, which lets everything in, in every subnet.
    expect(ofType(deployment.scanners, 'AWS::EC2::SubnetNetworkAclAssociation')).toHaveLength(2);
  });
});

describe('the scanner', () => {
  it('runs without rights: no root, nothing to write to', () => {
    expect(containerOf(deployment)).toMatchObject({ User: 'node', ReadonlyRootFilesystem: true });
    expect(containerOf(deployment)).not.toHaveProperty('Privileged');
    expect(containerOf(deployment)).not.toHaveProperty('PortMappings');
  });

  it('loses every capability that Docker gives by itself but NET_RAW, and gets none', () => {
    const { Capabilities } = containerOf(deployment)['LinuxParameters'] as { Capabilities: Record<string, string[]> };
    const given =
      'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
        ' ',
      );
    expect(given.filter((name) => !Capabilities['Drop']?.includes(name))).toEqual(['NET_RAW']);
    expect(Capabilities['Drop']).not.toContain('ALL');
    expect(Capabilities['Add'] ?? []).toEqual([]);
  });

  it('takes the packages of the SYN engine along for both kinds of processor, without an install script', async () => {
    const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean; optional?: boolean; os?: string[] }>;
    };
    const koffi = packages['node_modules/koffi'];
    expect(koffi?.dev).toBeUndefined();
    for (const cpu of ['arm64', 'x64']) {
      expect(packages[`node_modules/@koromix/koffi-linux-${cpu}`]).toMatchObject({
        version: koffi?.version,
        optional: true,
        os: ['linux'],
        cpu: [cpu],
      });
      expect(packages[`node_modules/@koromix/koffi-linux-${cpu}`]?.dev).toBeUndefined();
    }
  });

  it('has file descriptors enough for its sockets and time to give work back', () => {
    expect(containerOf(deployment)).toMatchObject({
      StopTimeout: 60,
      Ulimits: [{ Name: 'nofile', SoftLimit: 65_535, HardLimit: 65_535 }],
    });
  });

  it('runs on ARM, on spare capacity, with a service on demand beside it that has no task by itself', () => {
    const [task] = ofType(deployment.scanners, 'AWS::ECS::TaskDefinition');
    expect(task?.Properties['RuntimePlatform']).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
    const services = ofType(deployment.scanners, 'AWS::ECS::Service').map(({ Properties }) => Properties);
    expect(services.map((service) => service['CapacityProviderStrategy'])).toEqual([
      [{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }],
      [{ CapacityProvider: 'FARGATE', Weight: 1 }],
    ]);
    for (const service of services) expect(service['DesiredCount']).toBeUndefined();
    // A deployment stops a task before it starts another: the rates are shared out among no more.
    for (const service of services) {
      expect(service['DeploymentConfiguration']).toMatchObject({ MinimumHealthyPercent: 0, MaximumPercent: 100 });
    }
    expect(new Set(services.map((service) => JSON.stringify(service['TaskDefinition']))).size).toBe(1);
  });

  it('is as small as carries the rate of one task', () => {
    const sizeAt = (rate: number) => {
      const [task] = ofType(deploy({ ...WATCHING, rate }).scanners, 'AWS::ECS::TaskDefinition');
      return [task?.Properties['Cpu'], task?.Properties['Memory']];
    };
    for (const rate of [1, 5_000, 20_000, 50_000]) expect(sizeAt(rate)).toEqual(['256', '512']);
    expect(sizeAt(100_000)).toEqual(['512', '1024']);
  });

  it('does without Container Insights', () => {
    const [cluster] = ofType(deployment.scanners, 'AWS::ECS::Cluster');
    expect(cluster?.Properties['ClusterSettings']).toEqual([{ Name: 'containerInsights', Value: 'disabled' }]);
  });

  it.each([
    [12_000, 3, '4000'],
    [5_000, 1, '5000'],
    [1, 1, '1'],
    [100_000, 10, '10000'],
  ])('keeps to the configured rate with every task running: %i probes a second, %i tasks', (rate, tasks, each) => {
    const deployed = deploy({ ...WATCHING, rate });
    const targets = ofType(deployed.scanners, 'AWS::ApplicationAutoScaling::ScalableTarget');
    expect(targets.map(({ Properties }) => [Properties['MinCapacity'], Properties['MaxCapacity']])).toEqual([
      [0, tasks],
      [0, 1],
    ]);
    expect(variable(deployed, 'RATE')).toBe(each);
    expect(variable(deployed, 'PER_ADDRESS_RATE')).toBe('500');
    // One more on demand.
    expect(variable(deployed, 'SCANNERS')).toBe(String(tasks + 1));
  });
});

it('scanners keep to the configured rate to one address', () => {
  expect(variable(deploy({ ...WATCHING, ratePerAddress: 90 }), 'PER_ADDRESS_RATE')).toBe('90');
});

describe('how many scanners run', () => {
  interface Step {
    MetricIntervalLowerBound?: number;
    MetricIntervalUpperBound?: number;
    ScalingAdjustment: number;
  }
  interface MetricOf {
    Expression?: string;
    MetricStat?: { Stat: string; Metric: { MetricName: string; Namespace: string } };
  }
  const alarm = (name: string, of = deployment) => {
    const all = Object.entries(resourcesOf(of.scanners)).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm');
    return all.find(([id]) => id.replace(/[0-9A-F]{8}$/, '') === name)?.[1].Properties;
  };
  const metricsOf = (name: string, of = deployment) => alarm(name, of)?.['Metrics'] as MetricOf[];
  const expressionOf = (name: string, of = deployment) =>
    metricsOf(name, of).flatMap(({ Expression }) => Expression ?? [])[0];
  const actionsOf = (name: string) =>
    ((alarm(name)?.['AlarmActions'] ?? []) as { Ref: string }[]).map(
      ({ Ref }) => /Scaling[A-Za-z]+?(?=[0-9A-F]{8}$)/.exec(Ref)?.[0],
    );
  const policy = (name: string) => {
    const all = ofType(deployment.scanners, 'AWS::ApplicationAutoScaling::ScalingPolicy');
    const found = all.find(({ Properties }) =>
      new RegExp(`${name}[0-9A-F]{8}$`).test(String(Properties['PolicyName'])),
    );
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
    expect(alarm('ScalingIdle')).toMatchObject({
      Threshold: 0,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
    expect(expressionOf('ScalingIdle')).toBe(
      'SUM([SUM([waiting0,waiting1,waiting2]),SUM([scanning0,scanning1,scanning2])])',
    );
    expect(actionsOf('ScalingIdle')).toEqual(['ScalingStop', 'ScalingStopReserve']);
  });

  it('counts what waits and what is being scanned in all three lanes, late work fourfold, in at most ten metrics', () => {
    const metrics = metricsOf('ScalingWork');
    expect(metrics).toHaveLength(10);
    const names = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []);
    for (const name of ['MessagesVisible', 'MessagesNotVisible', 'AgeOfOldestMessage']) {
      expect(names.filter((metric) => metric.endsWith(name))).toHaveLength(3);
    }
    expect(expressionOf('ScalingWork')).toBe(
      'SUM([SUM([waiting0,waiting1,waiting2]),SUM([scanning0,scanning1,scanning2])])*IF(FILL(MAX([age0,age1,age2]),0)>300,4,1)',
    );
  });

  it('needs to know only whether there is work where one task is all', () => {
    const single = deploy({ ...WATCHING, rate: 5_000 });
    expect(expressionOf('ScalingWork', single)).toBe('SUM([SUM([waiting0,waiting1,waiting2])])');
    expect(metricsOf('ScalingWork', single)).toHaveLength(4);
  });

  it('includes one on demand when shards wait and nobody runs, until tasks have run on Spot for three minutes', () => {
    expect(alarm('ScalingNoSpot')).toMatchObject({
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 5,
      TreatMissingData: 'notBreaching',
    });
    expect(expressionOf('ScalingNoSpot')).toBe(
      'SUM([SUM([waiting0,waiting1,waiting2]),-1000000000*SUM([tasks0,tasks1])])',
    );
    const tasks = metricsOf('ScalingNoSpot').flatMap(({ MetricStat }) =>
      MetricStat?.Metric.Namespace === 'AWS/ECS' ? [[MetricStat.Metric.MetricName, MetricStat.Stat]] : [],
    );
    expect(tasks).toEqual([
      ['CPUUtilization', 'SampleCount'],
      ['CPUUtilization', 'SampleCount'],
    ]);
    expect(actionsOf('ScalingNoSpot')).toEqual(['ScalingStartReserve']);
    expect(policy('ScalingStartReserve').StepAdjustments).toEqual([
      { MetricIntervalLowerBound: 0, ScalingAdjustment: 1 },
    ]);
    expect(alarm('ScalingSpotIsBack')).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 3,
      Statistic: 'SampleCount',
      TreatMissingData: 'notBreaching',
    });
    expect(policy('ScalingReleaseReserve').StepAdjustments).toEqual([
      { MetricIntervalLowerBound: 0, ScalingAdjustment: 0 },
    ]);
  });
});
