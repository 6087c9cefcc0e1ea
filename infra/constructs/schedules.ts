import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  type ScheduleTargetConfig,
} from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import { portsOf, scheduleOf, TASKS } from '../../core/planning/catalogue.ts';
import { minutes } from '../../core/time.ts';

/** EventBridge Scheduler's rate() counts whole minutes. */
const MINUTE_MS = minutes(1);
/** Full inventory, so that a lost event is a late one. */
const INVENTORY_MS = minutes(15);
/** The least that EventBridge Scheduler takes; a turn that is later than the next is not worth having. */
const OLDEST_SECONDS = 60;

export interface SchedulesProps {
  readonly settings: Settings;
  readonly dispatch: IFunction;
  readonly reconcile: IFunction;
  readonly inventory: IFunction;
}

/** One schedule per row of the task catalogue, one that heals what was lost, one that reads the networks. */
export class Schedules extends Construct {
  readonly #role: Role;

  constructor(scope: Construct, id: string, { settings, dispatch, reconcile, inventory }: SchedulesProps) {
    super(scope, id);
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
      description: 'Portcullis schedules: starts the functions that have a turn',
    });
    for (const task of TASKS) {
      if (portsOf(task, settings) === null) continue;
      this.#every(`Task${task.id}`, scheduleOf(task, settings).everyMs, `task ${task.id}: ${task.name}`, dispatch, {
        taskId: task.id,
        scheduledAt: ContextAttribute.scheduledTime,
      });
    }
    this.#every('Reconcile', MINUTE_MS, 'heal what a crash or a lost message left', reconcile);
    this.#every('Inventory', INVENTORY_MS, 'read the networks of every account', inventory);
  }

  #every(id: string, everyMs: number, what: string, target: IFunction, input: Record<string, unknown> = {}): void {
    this.#role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }),
    );
    const config: ScheduleTargetConfig = {
      arn: target.functionArn,
      role: this.#role,
      input: ScheduleTargetInput.fromObject(input),
      retryPolicy: { maximumEventAgeInSeconds: OLDEST_SECONDS, maximumRetryAttempts: 2 },
    };
    new Schedule(this, id, {
      description: `Portcullis: ${what}`,
      schedule: ScheduleExpression.rate(Duration.minutes(Math.max(1, Math.round(everyMs / MINUTE_MS)))),
      // The CDK's own target for functions also allows every version and alias of them.
      target: { bind: () => config },
    });
  }
}
