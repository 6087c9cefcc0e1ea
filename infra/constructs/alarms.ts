import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { Rule, RuleTargetInput, EventField } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { minutes } from '../../core/time.ts';
import type { PortcullisFunction } from './portcullis-function.ts';
import { shardsUnattended } from './scanner-metrics.ts';

/** Sections of docs/runbook.md, as their anchors. */
export const RUNBOOK = {
  deadLetters: 'dead-letter-queues',
  oldMessages: 'alarm-old-messages',
  functions: 'alarm-failing-functions',
  scanners: 'alarm-scanner-tasks',
  cadence: 'alarm-missed-cadence',
} as const;
type Section = (typeof RUNBOOK)[keyof typeof RUNBOOK];

const FIVE_MINUTES = Duration.minutes(5);
/** One failure is repeated and forgotten; two windows of three are a fault. */
const A_FAULT = { threshold: 0, evaluationPeriods: 3, datapointsToAlarm: 2 };
/** An alarm looks back seven days at most (CloudWatch API reference, PutMetricAlarm, for periods of an hour and more). */
const LONGEST_MS = minutes(7 * 24 * 60);

/** Alarms for the people who run Portcullis, all to one topic, each with the section of the runbook that says what to do. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    // Not encrypted with the account's key for SNS: CloudWatch may not use it. An alarm carries a name and a number, never a finding.
    this.topic = new Topic(this, 'Topic', { displayName: 'Portcullis alarms', enforceSSL: true });
  }

  /** Something could not be done, and a person must look. */
  deadLetters(name: string, queue: Queue): void {
    this.#add(`DeadLetters-${name}`, RUNBOOK.deadLetters, `There are dead letters of ${name}.`, {
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: 'Maximum' }),
      threshold: 0,
    });
  }

  oldestMessage(name: string, queue: Queue, seconds: number): void {
    this.#add(`OldestMessage-${name}`, RUNBOOK.oldMessages, `A message has waited on ${name} for over ${seconds} s.`, {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: 'Maximum' }),
      threshold: seconds,
      evaluationPeriods: 2,
    });
  }

  failing(name: string, { lambda }: PortcullisFunction): void {
    this.#add(`Failing-${name}`, RUNBOOK.functions, `The function ${name} fails.`, {
      metric: lambda.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
      ...A_FAULT,
    });
  }

  /** One number for the account and Region, not one a function: what runs out is the limit of all of them together. */
  throttled(): void {
    this.#add('Throttled', RUNBOOK.functions, 'Functions of this account and Region are throttled.', {
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        period: FIVE_MINUTES,
        statistic: 'Sum',
      }),
      ...A_FAULT,
    });
  }

  /** It has not ended well once in three of its turns. Turns further apart than the longest look back cannot be watched like this. */
  missedCadence(name: string, { lambda }: PortcullisFunction, everyMs: number): void {
    const windowMs = Math.max(3 * everyMs, FIVE_MINUTES.toMilliseconds());
    if (windowMs > LONGEST_MS) return;
    const period = windowMs > minutes(60) ? Duration.hours(1) : FIVE_MINUTES;
    const options = { period, statistic: 'Sum' };
    this.#add(`MissedCadence-${name}`, RUNBOOK.cadence, `The function ${name} has missed three of its turns.`, {
      metric: new MathExpression({
        expression: 'FILL(turns,0)-FILL(errors,0)',
        usingMetrics: { turns: lambda.metricInvocations(options), errors: lambda.metricErrors(options) },
        period,
        label: 'Turns that ended well',
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: Math.ceil(windowMs / period.toMilliseconds()),
      // No turn, no data.
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** Shards wait and no task runs, not even the reserve; and each task that ended with an error says why. */
  scanners(lanes: readonly Queue[], services: readonly [FargateService, ...FargateService[]]): void {
    this.#add('ScannerTasks', RUNBOOK.scanners, 'Shards have waited for fifteen minutes and no scanner task runs.', {
      metric: shardsUnattended(lanes, services),
      threshold: 0,
      evaluationPeriods: 15,
    });
    const [{ cluster }] = services;
    new Rule(this, 'ScannerTaskFailed', {
      description: 'Portcullis: a scanner task ended with an error or could not start',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: {
          clusterArn: [cluster.clusterArn],
          lastStatus: ['STOPPED'],
          $or: [{ stopCode: ['TaskFailedToStart'] }, { containers: { exitCode: [{ 'anything-but': [0] }] } }],
        },
      },
      targets: [
        new SnsTopic(this.topic, {
          message: RuleTargetInput.fromText(
            `A scanner task failed: ${EventField.fromPath('$.detail.stoppedReason')} (${EventField.fromPath('$.detail.taskArn')}). Runbook: docs/runbook.md#${RUNBOOK.scanners}`,
          ),
        }),
      ],
    });
  }

  #add(
    id: string,
    section: Section,
    what: string,
    options: {
      metric: IMetric;
      threshold: number;
      evaluationPeriods?: number;
      datapointsToAlarm?: number;
      comparisonOperator?: ComparisonOperator;
      treatMissingData?: TreatMissingData;
    },
  ): void {
    const alarm = new Alarm(this, id, {
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...options,
      alarmDescription: `Portcullis: ${what} Runbook: docs/runbook.md#${section}`,
    });
    const notify = new SnsAction(this.topic);
    alarm.addAlarmAction(notify);
    alarm.addOkAction(notify);
    this.all.push(alarm);
  }
}
