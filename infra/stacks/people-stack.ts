import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import { QUEUES } from '../../core/deployment/resources.ts';
import { isEmail } from '../../core/text/email.ts';
import { AlertEnv } from '../../lambdas/alert/env.ts';
import { ApiEnv } from '../../lambdas/api/env.ts';
import { ApprovalsEnv } from '../../lambdas/approvals/env.ts';
import { grantNetworkReads } from '../constructs/cloud-access.ts';
import { ApprovalLinks } from '../constructs/approval-links.ts';
import { PeopleTopic } from '../constructs/people-topic.ts';
import { type FunctionCode, PortcullisFunction } from '../constructs/portcullis-function.ts';
import { consumeQueue } from '../constructs/queue-consumer.ts';
import { SignedApi } from '../constructs/signed-api.ts';
import { grantStores } from '../constructs/table-access.ts';
import { settingsVariable } from '../settings-variable.ts';
import type { DataStack } from './data-stack.ts';
import type { PipelineStack } from './pipeline-stack.ts';

export interface PeopleProps extends StackProps {
  readonly settings: Settings;
  readonly code: FunctionCode;
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
}

const EVERYTHING_SHOWN = [
  'assets',
  'fingerprints',
  'changes',
  'findings',
  'whitelist',
  'plans',
  'approvals',
  'lines',
  'audit',
  'runs',
] as const;

/** What people are told, and where they decide. */
export class PeopleStack extends Stack {
  readonly links = new ApprovalLinks(this, 'ApprovalLinks');
  readonly alert: PortcullisFunction;
  readonly approvals: PortcullisFunction;
  readonly api: PortcullisFunction;

  constructor(scope: Construct, id: string, { settings, code, data, pipeline, ...props }: PeopleProps) {
    super(scope, id, props);
    const { topic } = new PeopleTopic(this, 'Alerts', 'Portcullis alerts');
    const alerts = pipeline.queues.get('alerts');
    const remediation = pipeline.queues.get('remediation');

    const linkVariables = {
      LINK_KEY_ID: this.links.key.keyId,
      PUBLIC_URL: this.links.api.apiEndpoint,
      SETTINGS: settingsVariable(settings),
    };

    this.alert = new PortcullisFunction(this, 'Alert', {
      name: 'alert',
      code,
      description: 'people are told of findings',
      schema: AlertEnv,
      environment: {
        TABLE_NAME: data.table.tableName,
        ALERT_TOPIC_ARN: topic.topicArn,
        DEAD_LETTERS_QUEUE_URL: alerts.deadLetters.queueUrl,
        LINK_TOPIC_ARN: this.links.topic.topicArn,
        ...linkVariables,
      },
      timeoutSeconds: QUEUES.alerts.consumerTimeoutSeconds,
    });
    grantStores(data.table, this.alert.role, {
      read: ['findings', 'plans', 'approvals', 'admitted'],
      write: ['findings', 'locks'],
    });
    // The account's key for SNS admits whoever may publish; `grantPublish` would allow every key besides.
    this.alert.role.addToPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
    this.links.grantIssue(this.alert.role);
    this.links.mailTo(mailboxesOf(settings));
    // One after the other keeps "once per group and window" cheap; two is the least SQS allows.
    consumeQueue(this.alert, alerts, 2);

    this.approvals = new PortcullisFunction(this, 'Approvals', {
      name: 'approvals',
      code,
      description: 'a person looks at a change and decides',
      schema: ApprovalsEnv,
      environment: {
        TABLE_NAME: data.table.tableName,
        REMEDIATION_QUEUE_URL: remediation.queue.queueUrl,
        ...linkVariables,
      },
      timeoutSeconds: 15,
    });
    grantStores(data.table, this.approvals.role, {
      read: ['findings', 'plans', 'approvals', 'attributions'],
      write: ['findings', 'plans', 'approvals', 'audit'],
    });
    remediation.queue.grantSendMessages(this.approvals.role);
    this.links.route(this.approvals.lambda);
    if (settings.signIn !== null) {
      this.approvals.lambda.addEnvironment('SIGN_IN_KEY_ID', this.links.addSignInKey(this.approvals.role).keyId);
    }

    const signed = new SignedApi(this, 'SignedApi');
    const { queues } = pipeline;
    this.api = new PortcullisFunction(this, 'Api', {
      name: 'api',
      code,
      description: 'page and API for callers who sign their requests',
      schema: ApiEnv,
      environment: {
        TABLE_NAME: data.table.tableName,
        SETTINGS: settingsVariable(settings),
        SHARDS_PRIORITY_QUEUE_URL: queues.url('shards-priority'),
        RESULTS_QUEUE_URL: queues.url('results'),
        ALERTS_QUEUE_URL: queues.url('alerts'),
        REMEDIATION_QUEUE_URL: queues.url('remediation'),
        PUBLIC_URL: signed.api.apiEndpoint,
      },
      // A second less than API Gateway waits.
      timeoutSeconds: 29,
      memoryMb: 1024,
    });
    grantStores(data.table, this.api.role, {
      read: [...EVERYTHING_SHOWN, 'admitted', 'attributions', 'killSwitch'],
      write: ['assets', 'findings', 'whitelist', 'plans', 'approvals', 'lines', 'audit', 'runs'],
    });
    for (const name of ['shards-priority', 'results', 'alerts', 'remediation'] as const) {
      queues.get(name).queue.grantSendMessages(this.api.role);
    }
    grantNetworkReads(this.api.role, settings);
    signed.route(this.api.lambda);

    new CfnOutput(this, 'ApiUrl', { value: signed.api.apiEndpoint, description: 'Page and API, for signed requests' });
    new CfnOutput(this, 'ApiInvokeArn', {
      value: signed.invokeArn,
      description: 'Who may use page and API: allow them execute-api:Invoke on this',
    });
    new CfnOutput(this, 'HubApiRoleArn', {
      value: this.api.role.roleArn,
      description: 'Parameter HubApiRoleArn of each spoke',
    });
    new CfnOutput(this, 'ApprovalUrl', {
      value: this.links.api.apiEndpoint,
      description: 'Where approval links point',
    });
    new CfnOutput(this, 'AlertTopic', { value: topic.topicArn, description: 'Subscribe the people to be told' });
  }
}

/** Who links are made for, where that is an e-mail address: the approvers; without a list, the owners. */
function mailboxesOf({ approvers, owners }: Settings): string[] {
  const names = approvers.length > 0 ? approvers.map(({ name }) => name) : owners.flatMap(({ email }) => email ?? []);
  return [...new Set(names)].filter(isEmail);
}
