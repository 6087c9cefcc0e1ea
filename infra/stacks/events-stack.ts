import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import { QUEUES } from '../../core/deployment/resources.ts';
import { FirewallEventsEnv } from '../../lambdas/firewall-events/env.ts';
import { InventoryEnv } from '../../lambdas/inventory/env.ts';
import { grantNetworkReads } from '../constructs/cloud-access.ts';
import { HubBus } from '../constructs/hub-bus.ts';
import { type FunctionCode, PortcullisFunction } from '../constructs/portcullis-function.ts';
import { consumeQueue } from '../constructs/queue-consumer.ts';
import { Queues } from '../constructs/queues.ts';
import { Schedules } from '../constructs/schedules.ts';
import { grantStores } from '../constructs/table-access.ts';
import { WatchedEventRules } from '../constructs/watched-event-rules.ts';
import type { DataStack } from './data-stack.ts';
import type { PipelineStack } from './pipeline-stack.ts';

/** Accounts and Regions read at once. EC2 gives each a bucket of calls that the owners' own tools share. */
const READS_AT_ONCE = 4;

export interface EventsProps extends StackProps {
  readonly settings: Settings;
  readonly code: FunctionCode;
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
}

/** What starts everything: turns of the task catalogue, changes that can open a port, here and in member accounts, and the inventory. */
export class EventsStack extends Stack {
  /** Here, because its policy names the rules that write to it. */
  readonly queues = new Queues(this, 'Queues', ['firewall-events']);
  readonly firewallEvents: PortcullisFunction;
  readonly inventory: PortcullisFunction;

  constructor(scope: Construct, id: string, { settings, code, data, pipeline, ...props }: EventsProps) {
    super(scope, id, props);
    const { table } = data;
    const work = this.queues.get('firewall-events');
    const watching = { ...pipeline.scanning, ALERTS_QUEUE_URL: pipeline.queues.url('alerts') };

    this.firewallEvents = new PortcullisFunction(this, 'FirewallEvents', {
      name: 'firewall-events',
      code,
      description: 'a change of a firewall is evaluated, and what it let in is probed',
      schema: FirewallEventsEnv,
      environment: {
        ...watching,
        DEAD_LETTERS_QUEUE_URL: work.deadLetters.queueUrl,
        CHANGE_ROLE_ARN: pipeline.remediate.role.roleArn,
      },
      timeoutSeconds: QUEUES['firewall-events'].consumerTimeoutSeconds,
      memoryMb: 1024,
      reservedConcurrency: READS_AT_ONCE,
    });
    grantStores(table, this.firewallEvents.role, {
      read: ['assets', 'fingerprints', 'findings', 'admitted', 'attributions', 'seenEvents', 'killSwitch'],
      write: ['assets', 'findings', 'runs', 'admitted', 'attributions', 'seenEvents'],
      remove: ['admitted'],
    });
    consumeQueue(this.firewallEvents, work, READS_AT_ONCE);

    this.inventory = new PortcullisFunction(this, 'Inventory', {
      name: 'inventory',
      code,
      description: 'every watched network is read, and what no event told of is found',
      schema: InventoryEnv,
      environment: watching,
      // Every account and Region one after the other; the next turn comes after fifteen minutes.
      timeoutSeconds: 840,
      memoryMb: 1024,
      reservedConcurrency: 1,
    });
    grantStores(table, this.inventory.role, {
      read: ['assets', 'fingerprints', 'findings', 'admitted', 'seenEvents', 'killSwitch'],
      write: ['assets', 'findings', 'runs', 'admitted', 'seenEvents'],
      remove: ['admitted'],
    });

    for (const [name, { role }] of Object.entries({ FirewallEvents: this.firewallEvents, Inventory: this.inventory })) {
      pipeline.grantSendShards(role);
      pipeline.queues.get('alerts').queue.grantSendMessages(role);
      grantNetworkReads(role, settings);
      new CfnOutput(this, `Hub${name}RoleArn`, {
        value: role.roleArn,
        description: `Parameter Hub${name}RoleArn of each spoke`,
      });
    }

    new Schedules(this, 'Schedules', {
      settings,
      dispatch: pipeline.dispatch.lambda,
      reconcile: pipeline.reconcile.lambda,
      inventory: this.inventory.lambda,
    });

    const { bus } = new HubBus(this, 'Hub');
    const target = new SqsQueue(work.queue, {
      deadLetterQueue: work.deadLetters,
      // What is older is found by the next reading of the whole inventory.
      maxEventAge: Duration.hours(1),
      retryAttempts: 20,
    });
    new WatchedEventRules(this, 'OwnEvents', { target });
    new WatchedEventRules(this, 'MemberEvents', { bus, target });
    new CfnOutput(this, 'HubBusArn', { value: bus.eventBusArn, description: 'Parameter HubBusArn of each spoke' });
  }
}
