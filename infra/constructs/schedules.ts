import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput, ContextAttribute } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import { portsOf, scheduleOf, TASKS } from '../../core/planning/catalogue.ts';

/** EventBridge Scheduler's rate() counts whole minutes. */
const MINUTE_MS = 60_000;

/** One schedule per row of the task catalogue, and one that heals what was lost. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, props: { settings: Settings; dispatch: IFunction; reconcile: IFunction }) {
    super(scope, id);
    for (const task of TASKS) {
      if (portsOf(task, props.settings) === null) continue;
      new Schedule(this, `Task${task.id}`, {
        description: `Portcullis task ${task.id}: ${task.name}`,
        schedule: everyMinutes(scheduleOf(task, props.settings).everyMs),
        target: new LambdaInvoke(props.dispatch, {
          input: ScheduleTargetInput.fromObject({ taskId: task.id, scheduledAt: ContextAttribute.scheduledTime }),
        }),
      });
    }
    new Schedule(this, 'Reconcile', {
      description: 'Portcullis: heal what a crash or a lost message left',
      schedule: everyMinutes(MINUTE_MS),
      target: new LambdaInvoke(props.reconcile, {}),
    });
  }
}

function everyMinutes(everyMs: number): ScheduleExpression {
  return ScheduleExpression.rate(Duration.minutes(Math.max(1, Math.round(everyMs / MINUTE_MS))));
}
