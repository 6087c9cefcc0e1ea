import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';

const MINUTE = Duration.minutes(1);

/**
 * Tasks of a service that run. ECS sends one sample of the processor's use for each task and minute, free of charge (ECS guide, "Amazon ECS
 * CloudWatch metrics", on the number of running tasks); Container Insights would say the same for money.
 */
export function runningTasks(service: FargateService): IMetric {
  return service.metric('CPUUtilization', { period: MINUTE, statistic: 'SampleCount' });
}

/** Shards that wait while no task runs; far below zero while one does. SUM passes over a metric without data, where an operator would give nothing. */
export function shardsUnattended(lanes: readonly Queue[], services: readonly FargateService[]): MathExpression {
  const usingMetrics: Record<string, IMetric> = {};
  for (const [i, lane] of lanes.entries()) {
    usingMetrics[`waiting${i}`] = lane.metricApproximateNumberOfMessagesVisible({
      period: MINUTE,
      statistic: 'Maximum',
    });
  }
  for (const [i, service] of services.entries()) usingMetrics[`tasks${i}`] = runningTasks(service);
  const all = (name: string, of: readonly unknown[]) => of.map((_, i) => `${name}${i}`).join(',');
  return new MathExpression({
    expression: `SUM([SUM([${all('waiting', lanes)}]),-1000000000*SUM([${all('tasks', services)}])])`,
    usingMetrics,
    period: MINUTE,
    label: 'Shards that nobody scans',
  });
}
