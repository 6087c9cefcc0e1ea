import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import type { QueueName } from '../../core/deployment/resources.ts';
import { portsOf, scheduleOf, TASKS } from '../../core/planning/catalogue.ts';
import { minutes } from '../../core/time.ts';
import { Alarms } from '../constructs/alarms.ts';
import { Overview } from '../constructs/overview.ts';
import type { PortcullisFunction } from '../constructs/portcullis-function.ts';
import type { DataStack } from './data-stack.ts';
import type { EventsStack } from './events-stack.ts';
import type { PeopleStack } from './people-stack.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import type { ScannersStack } from './scanners-stack.ts';

/** Seconds that a message of each queue may wait before a person should know. */
const PATIENCE: Readonly<Partial<Record<QueueName, number>>> = {
  'shards-priority': 600,
  shards: 3_600,
  // A full sweep of very many addresses takes days.
  'shards-backstop': 604_800,
  results: 600,
  alerts: 600,
  remediation: 900,
  'firewall-events': 600,
};
const DEFAULT_PATIENCE = 900;

export interface ObservabilityProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
  readonly people: PeopleStack;
  readonly scanners: ScannersStack;
  readonly events: EventsStack;
}

/** Alarms and a dashboard. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityProps) {
    super(scope, id, props);
    const { settings, data, pipeline, people, scanners, events } = props;
    const { dispatch, reconcile, emission, emit } = pipeline;
    const functions = new Map<string, PortcullisFunction>([
      ...Object.entries({
        dispatch,
        reconcile,
        ingest: pipeline.ingest,
        remediate: pipeline.remediate,
        ...(emit !== null && { emit }),
      }),
      ...Object.entries({ alert: people.alert, approvals: people.approvals, api: people.api }),
      ...Object.entries({ 'firewall-events': events.firewallEvents, inventory: events.inventory }),
    ]);
    const queues = [...pipeline.queues.all(), ...events.queues.all()];

    const alarms = new Alarms(this, 'Alarms');
    for (const { name, queue, deadLetters } of queues) {
      alarms.deadLetters(name, deadLetters);
      alarms.oldestMessage(name, queue, PATIENCE[name] ?? DEFAULT_PATIENCE);
    }
    if (emission !== null) alarms.deadLetters('emit', emission.deadLetters);
    for (const [name, each] of functions) alarms.failing(name, each);
    alarms.throttled();
    alarms.missedCadence('reconcile', reconcile, minutes(1));
    alarms.missedCadence('inventory', events.inventory, minutes(15));
    const turns = TASKS.filter((task) => portsOf(task, settings) !== null);
    alarms.missedCadence('dispatch', dispatch, Math.min(...turns.map((task) => scheduleOf(task, settings).everyMs)));
    const { spot, reserve } = scanners.scanner;
    alarms.scanners(scanners.lanes, [spot, reserve]);

    new Overview(this, 'Overview', {
      alarms: alarms.all,
      queues,
      functions,
      services: [spot, reserve],
      table: data.table,
    });
    new CfnOutput(this, 'AlarmTopic', {
      value: alarms.topic.topicArn,
      description: 'Subscribe those who run Portcullis',
    });
  }
}
