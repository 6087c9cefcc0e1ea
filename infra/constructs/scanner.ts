import { fileURLToPath } from 'node:url';
import { SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { ScannerEnv } from '../../fargate-scanner/env.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What Fargate allows; the image's own default may be 1,024. */
const OPEN_FILES = 65_535;

/** The scanner task: public subnets without NAT, because a NAT gateway tracks and bills every probe. It listens on nothing. */
export class Scanner extends Construct {
  readonly task: FargateTaskDefinition;
  readonly service: FargateService;

  constructor(scope: Construct, id: string, environment: z.input<typeof ScannerEnv> & Record<string, string>) {
    super(scope, id);
    const network = new Vpc(this, 'Network', {
      natGateways: 0,
      maxAzs: 2,
      subnetConfiguration: [{ name: 'scanner', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
    });
    this.task = new FargateTaskDefinition(this, 'Task', {
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    const container = this.task.addContainer('scanner', {
      image: ContainerImage.fromAsset(ROOT, {
        file: 'fargate-scanner/Dockerfile',
        platform: Platform.LINUX_ARM64,
        exclude: [
          'node_modules',
          'cdk.out',
          '.git',
          '.portcullis',
          'test',
          'bench',
          'docs',
          'infra',
          'web',
          'local',
          'lambdas',
        ],
      }),
      environment,
      logging: LogDriver.awsLogs({
        streamPrefix: 'scanner',
        logGroup: new LogGroup(this, 'Logs', { retention: RetentionDays.THREE_MONTHS }),
      }),
      readonlyRootFilesystem: true,
      // Time to give unfinished shards back to the queue.
      stopTimeout: Duration.seconds(60),
    });
    container.addUlimits({ name: UlimitName.NOFILE, softLimit: OPEN_FILES, hardLimit: OPEN_FILES });
    this.service = new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', { vpc: network, containerInsightsV2: ContainerInsights.ENABLED }),
      taskDefinition: this.task,
      desiredCount: 1,
      minHealthyPercent: 0,
      assignPublicIp: true,
      securityGroups: [
        new SecurityGroup(this, 'Outbound', {
          vpc: network,
          description: 'Portcullis scanner: out to anywhere, in from nowhere',
        }),
      ],
      circuitBreaker: { rollback: true },
    });
  }
}
