import { Duration } from 'aws-cdk-lib';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { runningTasks } from './scanner-metrics.ts';
import type { PortcullisFunction } from './portcullis-function.ts';
import type { WorkQueue } from './queues.ts';

export interface OverviewProps {
  readonly alarms: readonly Alarm[];
  readonly queues: readonly WorkQueue[];
  readonly functions: ReadonlyMap<string, PortcullisFunction>;
  readonly services: readonly FargateService[];
  readonly table: TableV2;
}

const PERIOD = Duration.minutes(5);
/** A dashboard is 24 columns wide. */
const HALF = 12;

/** One page: what is wrong, what waits, what fails, how many scanners run. */
export class Overview extends Construct {
  constructor(scope: Construct, id: string, { alarms, queues, functions, services, table }: OverviewProps) {
    super(scope, id);
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: HALF, period: PERIOD });
    const lambdas = [...functions].map(([name, { lambda }]) => ({ name, lambda }));
    new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(12),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 2 * HALF })],
        [
          graph(
            'Messages waiting',
            queues.map(({ name, queue }) => queue.metricApproximateNumberOfMessagesVisible({ label: name })),
          ),
          graph(
            'Age of the oldest message, s',
            queues.map(({ name, queue }) => queue.metricApproximateAgeOfOldestMessage({ label: name })),
          ),
        ],
        [
          graph(
            'Errors of functions, throttles on the right',
            lambdas.map(({ name, lambda }) => lambda.metricErrors({ label: name })),
            lambdas.map(({ name, lambda }) => lambda.metricThrottles({ label: name })),
          ),
          graph(
            'Duration of functions, p95, ms',
            lambdas.map(({ name, lambda }) => lambda.metricDuration({ label: name, statistic: 'p95' })),
          ),
        ],
        [
          graph(
            'Scanner: tasks that run, CPU and memory on the right, %',
            services.map(runningTasks),
            services.flatMap((service) => [service.metricCpuUtilization(), service.metricMemoryUtilization()]),
          ),
          graph('Table, units consumed', [
            table.metricConsumedReadCapacityUnits({ label: 'read' }),
            table.metricConsumedWriteCapacityUnits({ label: 'written' }),
          ]),
        ],
      ],
    });
  }
}
