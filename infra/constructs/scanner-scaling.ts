import { Duration } from 'aws-cdk-lib';
import { AdjustmentType, MetricAggregationType, StepScalingAction } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationScalingAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { FargateService, ScalableTaskCount } from 'aws-cdk-lib/aws-ecs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { runningTasks, shardsUnattended } from './scanner-metrics.ts';

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

/** Minutes that shards wait and no task runs before Spot counts as having no capacity: a task takes one or two to start. */
const NO_SPOT_MINUTES = 5;
/** Minutes that Spot runs again before the reserve stops. Until then the configured rate may be exceeded by that of one task. */
const SPOT_IS_BACK_MINUTES = 3;

export interface ScannerScalingProps {
  readonly spot: FargateService;
  /** Stands in while Spot has no capacity: one task. */
  readonly reserve: FargateService;
  readonly lanes: readonly Queue[];
  readonly maxTasks: number;
}

/**
 * As many tasks as there is work, none when there is none. Work is what waits or is being scanned, weighed by how long the oldest has
 * waited. Two alarms, because starting must be quick and stopping must not. Two more for the reserve: it starts when nobody scans although
 * there is work, and stops when Spot has been back for a while.
 */
export class ScannerScaling extends Construct {
  constructor(scope: Construct, id: string, { spot, reserve, lanes, maxTasks }: ScannerScalingProps) {
    super(scope, id);
    const exactly = (name: string, scalingTarget: ScalableTaskCount, ...steps: ScalingStep[]) => {
      const action = new StepScalingAction(this, name, {
        scalingTarget,
        adjustmentType: AdjustmentType.EXACT_CAPACITY,
        cooldown: MINUTE,
        metricAggregationType: MetricAggregationType.MAXIMUM,
      });
      for (const step of steps) action.addAdjustment(step);
      return new ApplicationScalingAction(action);
    };
    const onSpot = spot.autoScaleTaskCount({ minCapacity: 0, maxCapacity: maxTasks });
    const inReserve = reserve.autoScaleTaskCount({ minCapacity: 0, maxCapacity: 1 });

    const tasks = Array.from({ length: maxTasks }, (_, i) => i + 1);
    new Alarm(this, 'Work', {
      alarmDescription: 'Not for people: starts scanner tasks when there are shards.',
      metric: maxTasks === 1 ? sumOf({ waiting: waitingIn(lanes) }) : weighed(lanes),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(
      exactly(
        'Start',
        onSpot,
        ...tasks.map((adjustment) => ({
          adjustment,
          lowerBound: (adjustment - 1) * SHARDS_PER_TASK,
          ...(adjustment < maxTasks && { upperBound: adjustment * SHARDS_PER_TASK }),
        })),
      ),
    );

    new Alarm(this, 'Idle', {
      alarmDescription: 'Not for people: stops the scanner tasks when there has been no shard for a while.',
      metric: sumOf({ waiting: waitingIn(lanes), scanning: scannedFrom(lanes) }),
      threshold: 0,
      comparisonOperator: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: IDLE_WINDOWS,
      // A queue that nobody has used for hours has no metrics.
      treatMissingData: TreatMissingData.BREACHING,
    }).addAlarmAction(
      exactly('Stop', onSpot, { adjustment: 0, upperBound: 0 }),
      exactly('StopReserve', inReserve, { adjustment: 0, upperBound: 0 }),
    );

    new Alarm(this, 'NoSpot', {
      alarmDescription: 'Not for people: starts a task on demand when shards wait and no task runs on Spot.',
      metric: shardsUnattended(lanes, [spot, reserve]),
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: NO_SPOT_MINUTES,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(exactly('StartReserve', inReserve, { adjustment: 1, lowerBound: 0 }));

    new Alarm(this, 'SpotIsBack', {
      alarmDescription: 'Not for people: stops the task on demand when tasks have run on Spot for a while.',
      metric: runningTasks(spot),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: SPOT_IS_BACK_MINUTES,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(exactly('ReleaseReserve', inReserve, { adjustment: 0, lowerBound: 0 }));
  }
}

interface ScalingStep {
  readonly adjustment: number;
  readonly lowerBound?: number;
  readonly upperBound?: number;
}

type Metrics = Readonly<Record<string, IMetric[]>>;

const OPTIONS = { period: WINDOW, statistic: 'Maximum' };
const waitingIn = (lanes: readonly Queue[]): IMetric[] =>
  lanes.map((lane) => lane.metricApproximateNumberOfMessagesVisible(OPTIONS));
const scannedFrom = (lanes: readonly Queue[]): IMetric[] =>
  lanes.map((lane) => lane.metricApproximateNumberOfMessagesNotVisible(OPTIONS));

/** Nine metrics: CloudWatch takes ten in one alarm. */
function weighed(lanes: readonly Queue[]): MathExpression {
  const shards = { waiting: waitingIn(lanes), scanning: scannedFrom(lanes) };
  const age = lanes.map((lane) => lane.metricApproximateAgeOfOldestMessage(OPTIONS));
  const late = `IF(FILL(MAX([${namesOf('age', age)}]),0)>${LATE_SECONDS},${LATE_FACTOR},1)`;
  return expression(`${sumText(shards)}*${late}`, { ...shards, age }, 'Shards, late ones fourfold');
}

function sumOf(metrics: Metrics): MathExpression {
  return expression(sumText(metrics), metrics, 'Shards');
}

/** SUM and MAX pass over a queue without data; an operator would give nothing. */
function sumText(metrics: Metrics): string {
  return `SUM([${Object.entries(metrics)
    .map(([name, each]) => `SUM([${namesOf(name, each)}])`)
    .join(',')}])`;
}

function namesOf(name: string, metrics: readonly IMetric[]): string {
  return metrics.map((_, i) => `${name}${i}`).join(',');
}

function expression(text: string, metrics: Metrics, label: string): MathExpression {
  const usingMetrics = Object.fromEntries(
    Object.entries(metrics).flatMap(([name, each]) => each.map((metric, i) => [`${name}${i}`, metric])),
  );
  return new MathExpression({ expression: text, usingMetrics, period: WINDOW, label });
}
