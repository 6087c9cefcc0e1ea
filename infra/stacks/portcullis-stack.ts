import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { KILL_SWITCH_KEY } from '../../adapters/aws/dynamo/keys.ts';
import type { Settings } from '../../core/config/settings.ts';
import { QUEUES } from '../../core/deployment/resources.ts';
import { AlertEnv } from '../../lambdas/alert/env.ts';
import { ApprovalsEnv } from '../../lambdas/approvals/env.ts';
import { DispatchEnv } from '../../lambdas/dispatch/env.ts';
import { IngestEnv } from '../../lambdas/ingest/env.ts';
import { ReconcileEnv } from '../../lambdas/reconcile/env.ts';
import { RemediateEnv } from '../../lambdas/remediate/env.ts';
import { ApprovalEndpoint } from '../constructs/approval-endpoint.ts';
import { PortcullisFunction } from '../constructs/portcullis-function.ts';
import { type CloudQueue, Queues } from '../constructs/queues.ts';
import { Scanner } from '../constructs/scanner.ts';
import { Schedules } from '../constructs/schedules.ts';
import { Storage } from '../constructs/storage.ts';

/** Portcullis in one account and Region. The stack only composes; each capability is a construct. */
export class PortcullisStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & { settings: Settings }) {
    super(scope, id, props);
    const { table } = new Storage(this, 'Storage');
    const queues = new Queues(this, 'Queues');
    const url = (name: CloudQueue) => queues.queue(name).queueUrl;
    const topic = new Topic(this, 'Alerts', { displayName: 'Portcullis alerts', enforceSSL: true });
    const linkKey = new Key(this, 'LinkKey', {
      description: 'Portcullis: signs approval links',
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    });
    const endpoint = new ApprovalEndpoint(this, 'ApprovalEndpoint');

    const common = { TABLE_NAME: table.tableName, SETTINGS: JSON.stringify(props.settings) };
    const shards = {
      SHARDS_QUEUE_URL: url('shards'),
      SHARDS_PRIORITY_QUEUE_URL: url('shards-priority'),
      SHARDS_BACKSTOP_QUEUE_URL: url('shards-backstop'),
    };
    const people = { ALERTS_QUEUE_URL: url('alerts'), REMEDIATION_QUEUE_URL: url('remediation') };
    const deadLetters = (name: CloudQueue) => ({ DEAD_LETTERS_QUEUE_URL: queues.deadLetters(name).queueUrl });

    const dispatch = new PortcullisFunction(this, 'Dispatch', {
      name: 'dispatch',
      schema: DispatchEnv,
      environment: { ...common, ...shards },
      timeoutSeconds: 60,
    }).lambda;
    const ingest = new PortcullisFunction(this, 'Ingest', {
      name: 'ingest',
      schema: IngestEnv,
      environment: { ...common, ...shards, ...people, ...deadLetters('results') },
      timeoutSeconds: QUEUES.results.consumerTimeoutSeconds,
    }).lambda;
    const alert = new PortcullisFunction(this, 'Alert', {
      name: 'alert',
      schema: AlertEnv,
      environment: { TABLE_NAME: table.tableName, ALERT_TOPIC_ARN: topic.topicArn, ...deadLetters('alerts') },
      timeoutSeconds: QUEUES.alerts.consumerTimeoutSeconds,
    }).lambda;
    const approvals = new PortcullisFunction(this, 'Approvals', {
      name: 'approvals',
      schema: ApprovalsEnv,
      environment: {
        ...common,
        REMEDIATION_QUEUE_URL: url('remediation'),
        LINK_KEY_ID: linkKey.keyId,
        PUBLIC_URL: endpoint.api.apiEndpoint,
      },
      timeoutSeconds: 15,
    }).lambda;
    const remediate = new PortcullisFunction(this, 'Remediate', {
      name: 'remediate',
      schema: RemediateEnv,
      environment: { ...common, ...shards, ...people, ...deadLetters('remediation') },
      timeoutSeconds: QUEUES.remediation.consumerTimeoutSeconds,
    }).lambda;
    const reconcile = new PortcullisFunction(this, 'Reconcile', {
      name: 'reconcile',
      schema: ReconcileEnv,
      environment: { ...common, ...shards, ...people },
      timeoutSeconds: 60,
    }).lambda;
    endpoint.route(approvals);

    for (const each of [dispatch, ingest, alert, approvals, remediate, reconcile]) table.grantReadWriteData(each);
    for (const each of [dispatch, ingest, remediate, reconcile]) {
      queues.queue('shards').grantSendMessages(each);
      queues.queue('shards-priority').grantSendMessages(each);
    }
    queues.queue('shards-backstop').grantSendMessages(dispatch);
    for (const each of [ingest, remediate, reconcile]) {
      queues.queue('alerts').grantSendMessages(each);
      queues.queue('remediation').grantSendMessages(each);
    }
    queues.queue('remediation').grantSendMessages(approvals);
    topic.grantPublish(alert);
    approvals.addToRolePolicy(new PolicyStatement({ actions: ['kms:VerifyMac'], resources: [linkKey.keyArn] }));

    const sources = { results: ingest, alerts: alert, remediation: remediate } as const;
    for (const [name, consumer] of Object.entries(sources) as [keyof typeof sources, typeof ingest][]) {
      consumer.addEventSource(
        new SqsEventSource(queues.queue(name), {
          batchSize: QUEUES[name].batchSize,
          reportBatchItemFailures: true,
          maxConcurrency: MAX_CONCURRENCY[name],
        }),
      );
      queues.deadLetters(name).grantSendMessages(consumer);
    }

    const scanner = new Scanner(this, 'Scanner', {
      TABLE_NAME: table.tableName,
      ...shards,
      SHARDS_DEAD_LETTERS_QUEUE_URL: queues.deadLetters('shards').queueUrl,
      SHARDS_PRIORITY_DEAD_LETTERS_QUEUE_URL: queues.deadLetters('shards-priority').queueUrl,
      SHARDS_BACKSTOP_DEAD_LETTERS_QUEUE_URL: queues.deadLetters('shards-backstop').queueUrl,
      RESULTS_QUEUE_URL: url('results'),
    });
    for (const name of ['shards', 'shards-priority', 'shards-backstop'] as const) {
      queues.queue(name).grantConsumeMessages(scanner.task.taskRole);
      queues.deadLetters(name).grantSendMessages(scanner.task.taskRole);
    }
    queues.queue('results').grantSendMessages(scanner.task.taskRole);
    scanner.task.addToTaskRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:GetItem'],
        resources: [table.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [KILL_SWITCH_KEY.pk] } },
      }),
    );

    new Schedules(this, 'Schedules', { settings: props.settings, dispatch, reconcile });
    new CfnOutput(this, 'ApprovalUrl', { value: endpoint.api.apiEndpoint, description: 'Where approval links point' });
    new CfnOutput(this, 'AlertTopic', { value: topic.topicArn, description: 'Subscribe the people to be told' });
  }
}

/** Invocations at once. Alerts one after the other keep "one per group per window" cheap; 2 is the least SQS allows. */
const MAX_CONCURRENCY = { results: 10, alerts: 2, remediation: 2 } as const;
