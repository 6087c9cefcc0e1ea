import { fileURLToPath } from 'node:url';
import { Duration, Validations } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Capability,
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { ScannerEnv } from '../../fargate-scanner/env.ts';
import type { ScannerNetwork } from './scanner-network.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What Fargate allows; the image's own default may be 1,024. */
const OPEN_FILES = 65_535;
/** What the Dockerfile copies: nothing else may make a new image. */
const IN_THE_IMAGE = ['package.json', 'package-lock.json', '.npmrc', 'core', 'adapters', 'fargate-scanner'];

export interface ScannerTaskProps {
  network: ScannerNetwork;
  environment: z.input<typeof ScannerEnv> & Record<string, string>;
}

/**
 * The scanner as a Fargate service. The first task is on demand, so that urgent work never depends on spare capacity; those beyond it are
 * Spot, which gives two minutes' notice: unfinished shards go back to their queue within one.
 */
export class ScannerTask extends Construct {
  readonly task: FargateTaskDefinition;
  readonly service: FargateService;

  constructor(scope: Construct, id: string, { network, environment }: ScannerTaskProps) {
    super(scope, id);
    this.task = new FargateTaskDefinition(this, 'Task', {
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    const container = this.task.addContainer('scanner', {
      image: ContainerImage.fromAsset(ROOT, {
        file: 'fargate-scanner/Dockerfile',
        platform: Platform.LINUX_ARM64,
        exclude: ['*', ...IN_THE_IMAGE.map((path) => `!${path}`), 'node_modules'],
      }),
      environment,
      // The name the image gives to its user without rights; said here too, so that another image cannot change it.
      user: 'node',
      linuxParameters: withoutCapabilities(this),
      readonlyRootFilesystem: true,
      logging: LogDriver.awsLogs({
        streamPrefix: 'scanner',
        logGroup: new LogGroup(this, 'Logs', { retention: RetentionDays.THREE_MONTHS }),
      }),
      // Time to give unfinished shards back to the queue.
      stopTimeout: Duration.seconds(60),
    });
    container.addUlimits({ name: UlimitName.NOFILE, softLimit: OPEN_FILES, hardLimit: OPEN_FILES });
    Validations.of(this.task).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables are the names of queues and of the table and the rates: none is a secret.',
    });
    // The agent fetches a token for all of ECR before it pulls our one image; the API takes no resource.
    if (this.task.executionRole) {
      Validations.of(this.task.executionRole).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'ecr:GetAuthorizationToken takes no resource.',
      });
    }

    this.service = new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', {
        vpc: network.vpc,
        containerInsightsV2: ContainerInsights.ENABLED,
        enableFargateCapacityProviders: true,
      }),
      taskDefinition: this.task,
      capacityProviderStrategies: [
        { capacityProvider: 'FARGATE', base: 1, weight: 0 },
        { capacityProvider: 'FARGATE_SPOT', weight: 1 },
      ],
      // A deployment may stop every task: what they held comes back to the queue.
      minHealthyPercent: 0,
      assignPublicIp: true,
      securityGroups: [network.securityGroup],
      circuitBreaker: { rollback: true },
    });
  }
}

/** A connection needs no capability. Raw sockets would need NET_RAW and root. */
function withoutCapabilities(scope: Construct): LinuxParameters {
  const parameters = new LinuxParameters(scope, 'WithoutCapabilities');
  parameters.dropCapabilities(Capability.ALL);
  return parameters;
}
