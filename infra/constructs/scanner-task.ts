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
  /** Probes a second that one task has to carry. */
  rate: number;
}

/**
 * 5,000 probes a second take at most 37 % of a quarter of a CPU, and 110 MB (bench/small-task/run.ts);
 * above that a task of twice the size.
 */
const SMALL = { cpu: 256, memoryLimitMiB: 512, most: 5_000 };
const LARGE = { cpu: 512, memoryLimitMiB: 1_024 };

/**
 * The scanner as two Fargate services of one task. The first runs on Spot, which gives two minutes' notice: unfinished shards go back to their
 * queue within one. When Spot has no capacity the second, on demand, stands in for it (scanner-scaling.ts).
 */
export class ScannerTask extends Construct {
  readonly task: FargateTaskDefinition;
  readonly spot: FargateService;
  readonly reserve: FargateService;

  constructor(scope: Construct, id: string, { network, environment, rate }: ScannerTaskProps) {
    super(scope, id);
    const { cpu, memoryLimitMiB } = rate <= SMALL.most ? SMALL : LARGE;
    this.task = new FargateTaskDefinition(this, 'Task', {
      cpu,
      memoryLimitMiB,
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
      linuxParameters: netRawOnly(this),
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

    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
      enableFargateCapacityProviders: true,
    });
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'What is watched of the tasks (do they run, do they fail) is known without Container Insights, which cost more than the tasks.',
    });
    const on = (name: string, capacityProvider: 'FARGATE' | 'FARGATE_SPOT') =>
      new FargateService(this, name, {
        cluster,
        taskDefinition: this.task,
        capacityProviderStrategies: [{ capacityProvider, weight: 1 }],
        // A deployment may stop every task: what they held comes back to the queue. Beside them more would exceed the rates.
        minHealthyPercent: 0,
        maxHealthyPercent: 100,
        assignPublicIp: true,
        securityGroups: [network.securityGroup],
        circuitBreaker: { rollback: true },
      });
    this.spot = on('Service', 'FARGATE_SPOT');
    this.reserve = on('Reserve', 'FARGATE');
  }
}

/** What Docker gives to containers by itself (docker run reference, "Runtime privilege and Linux capabilities"), but for NET_RAW. */
const NOT_NEEDED = [
  Capability.AUDIT_WRITE,
  Capability.CHOWN,
  Capability.DAC_OVERRIDE,
  Capability.FOWNER,
  Capability.FSETID,
  Capability.KILL,
  Capability.MKNOD,
  Capability.NET_BIND_SERVICE,
  Capability.SETFCAP,
  Capability.SETGID,
  Capability.SETPCAP,
  Capability.SETUID,
  Capability.SYS_CHROOT,
];

/**
 * Leaves NET_RAW for the engine that sends SYNs itself: only a program whose file carries it has it (fargate-scanner/start.sh). Dropped by
 * name, as Fargate adds no capability back that `ALL` took (ECS API, KernelCapabilities).
 */
function netRawOnly(scope: Construct): LinuxParameters {
  const parameters = new LinuxParameters(scope, 'NetRawOnly');
  parameters.dropCapabilities(...NOT_NEEDED);
  return parameters;
}
