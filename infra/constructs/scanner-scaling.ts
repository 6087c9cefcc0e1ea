import { Duration } from 'aws-cdk-lib';
import { AdjustmentType, MetricAggregationType, StepScalingAction } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationScalingAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

const MINUTE = Duration.minutes(1);
/** Alarms look every minute at the last five, so the number rises at once and falls when a burst is five minutes old. */
const WINDOW = Duration.minutes(5);
/** A shard is at most 30 s of work at the full rate, so a task gets through two a minute at least. */
const SHARDS_PER_TASK = 20;
/** Work that has waited longer counts as much as this many times itself. */
const LATE_SECONDS = 300;
const LATE_FACTOR = 4;
/** Windows without work before the last task stops: 15 minutes, more than the gap between two sweeps every ten. */
const IDLE_WINDOWS = 3;

/**
 * As many tasks as there is work, none when there is none. Work is what waits or is being scanned, weighed by how long the oldest has
 * waited. Two alarms, because starting must be quick and stopping must not.
 */
export class ScannerScaling extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { service: FargateService; lanes: readonly Queue[]; maxTasks: number },
  ) {
    super(scope, id);
    const { service, maxTasks } = props;
    const target = service.autoScaleTaskCount({ minCapacity: 0, maxCapacity: maxTasks });
    const exactly = (name: string) =>
      new StepScalingAction(this, name, {
        scalingTarget: target,
        adjustmentType: AdjustmentType.EXACT_CAPACITY,
        cooldown: MINUTE,
        metricAggregationType: MetricAggregationType.MAXIMUM,
      });

    const start = exactly('Start');
    for (let tasks = 1; tasks <= maxTasks; tasks += 1) {
      const lowerBound = (tasks - 1) * SHARDS_PER_TASK;
      start.addAdjustment({
        adjustment: tasks,
        lowerBound,
        ...(tasks < maxTasks && { upperBound: lowerBound + SHARDS_PER_TASK }),
      });
    }
    new Alarm(this, 'Work', {
      alarmDescription: 'Not for people: starts scanner tasks when there are shards.',
      metric: work(props.lanes),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new ApplicationScalingAction(start));

    const stop = exactly('Stop');
    stop.addAdjustment({ adjustment: 0, upperBound: 0 });
    new Alarm(this, 'Idle', {
      alarmDescription: 'Not for people: stops the scanner tasks when there has been no shard for a while.',
      metric: work(props.lanes),
      threshold: 0,
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: IDLE_WINDOWS,
      // A queue that nobody has used for hours has no metrics.
      treatMissingData: TreatMissingData.BREACHING,
    }).addAlarmAction(new ApplicationScalingAction(stop));
  }
}

/** Nine metrics: CloudWatch takes ten in one alarm. */
function work(lanes: readonly Queue[]): MathExpression {
  const options = { period: WINDOW, statistic: 'Maximum' };
  const usingMetrics: Record<string, IMetric> = {};
  for (const [i, lane] of lanes.entries()) {
    usingMetrics[`waiting${i}`] = lane.metricApproximateNumberOfMessagesVisible(options);
    usingMetrics[`scanning${i}`] = lane.metricApproximateNumberOfMessagesNotVisible(options);
    usingMetrics[`age${i}`] = lane.metricApproximateAgeOfOldestMessage(options);
  }
  // SUM and MAX pass over a queue without data; an operator would give nothing.
  const each = (name: string) => `[${lanes.map((_, i) => `${name}${i}`).join(',')}]`;
  const shards = `SUM([SUM(${each('waiting')}),SUM(${each('scanning')})])`;
  return new MathExpression({
    expression: `${shards}*IF(FILL(MAX(${each('age')}),0)>${LATE_SECONDS},${LATE_FACTOR},1)`,
    usingMetrics,
    period: WINDOW,
    label: 'Shards, late ones fourfold',
  });
}
