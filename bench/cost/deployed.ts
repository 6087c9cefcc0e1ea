import type { Stack } from 'aws-cdk-lib';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import type { Settings } from '../../core/config/settings.ts';
import { deploy, ofType, stacksOf } from '../../test/infra/support/deployment.ts';

/** What costs money by being there, counted in the templates that `cdk deploy` takes. */
export interface Deployed {
  /** Metrics that alarms look at: each is billed, also within one expression. */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly keys: number;
  /** Schedules that start functions, and how often a month, by their expression. */
  readonly schedules: Readonly<Record<string, number>>;
  readonly containerInsights: boolean;
  readonly taskVcpu: number;
  readonly taskGb: number;
  /** Queues that functions take from: Lambda polls each. */
  readonly polledQueues: number;
}

export function countDeployed(settings: Partial<Settings>): Deployed {
  const stacks = stacksOf(deploy({ ...DEFAULT_SETTINGS, targets: ['192.0.2.0/28'], ...settings }));
  // Members pay for themselves.
  const hub = stacks.filter(({ stackName }) => !/spoke|member/i.test(stackName));
  const all = (type: string) => hub.flatMap((stack: Stack) => ofType(stack, type).map(({ Properties }) => Properties));
  const alarms = all('AWS::CloudWatch::Alarm');
  const [task] = all('AWS::ECS::TaskDefinition');
  const [cluster] = all('AWS::ECS::Cluster');
  const schedules = new Map<string, number>();
  for (const each of all('AWS::Scheduler::Schedule')) {
    const text = String(each['ScheduleExpression']);
    schedules.set(text, (schedules.get(text) ?? 0) + 1);
  }
  return {
    alarmMetrics: alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    keys: all('AWS::KMS::Key').length,
    schedules: Object.fromEntries(schedules),
    containerInsights: JSON.stringify(cluster?.['ClusterSettings'] ?? '').includes('enabled'),
    taskVcpu: Number(task?.['Cpu']) / 1_024,
    taskGb: Number(task?.['Memory']) / 1_024,
    polledQueues: all('AWS::Lambda::EventSourceMapping').filter(
      (each) => JSON.stringify(each['EventSourceArn']).includes('Queue') || each['ScalingConfig'] !== undefined,
    ).length,
  };
}

/** One, or as many as its expression uses. */
function metricsOf(alarm: Record<string, unknown>): number {
  const metrics = (alarm['Metrics'] ?? []) as readonly { MetricStat?: unknown }[];
  return Math.max(1, metrics.filter(({ MetricStat }) => MetricStat !== undefined).length);
}
