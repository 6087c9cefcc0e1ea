import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import { QUEUES } from '../../core/deployment/resources.ts';
import { DispatchEnv } from '../../lambdas/dispatch/env.ts';
import { EmitEnv } from '../../lambdas/emit/env.ts';
import { IngestEnv } from '../../lambdas/ingest/env.ts';
import { ReconcileEnv } from '../../lambdas/reconcile/env.ts';
import { RemediateEnv } from '../../lambdas/remediate/env.ts';
import { grantNetworkReads, grantRuleChanges } from '../constructs/cloud-access.ts';
import { FindingsStream } from '../constructs/findings-stream.ts';
import { type FunctionCode, PortcullisFunction } from '../constructs/portcullis-function.ts';
import { consumeQueue } from '../constructs/queue-consumer.ts';
import { Queues } from '../constructs/queues.ts';
import { grantStores } from '../constructs/table-access.ts';
import { settingsVariable } from '../settings-variable.ts';
import type { DataStack } from './data-stack.ts';

const PIPELINE_QUEUES = ['shards', 'shards-priority', 'shards-backstop', 'results', 'alerts', 'remediation'] as const;

/** Changes at once. Each reads whole groups before and after: more would spend what EC2 lets the account ask. */
const CHANGES_AT_ONCE = 2;

export interface PipelineProps extends StackProps {
  readonly settings: Settings;
  readonly code: FunctionCode;
  readonly data: DataStack;
}

/** From a schedule to a finding, and from an approval to a closed port. */
export class PipelineStack extends Stack {
  readonly queues = new Queues(this, 'Queues', PIPELINE_QUEUES);
  /** Variables of every function that starts scans. */
  readonly scanning: {
    readonly TABLE_NAME: string;
    readonly SETTINGS: string;
    readonly SHARDS_QUEUE_URL: string;
    readonly SHARDS_PRIORITY_QUEUE_URL: string;
    readonly SHARDS_BACKSTOP_QUEUE_URL: string;
  };
  readonly dispatch: PortcullisFunction;
  readonly ingest: PortcullisFunction;
  readonly remediate: PortcullisFunction;
  readonly reconcile: PortcullisFunction;
  /** Only where somebody wants it: without Security Hub in this Region every report would fail. */
  readonly emission: FindingsStream | null = null;
  readonly emit: PortcullisFunction | null = null;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id, props);
    const { settings, code, data } = props;
    const { table } = data;
    const { queues } = this;
    this.scanning = {
      TABLE_NAME: table.tableName,
      SETTINGS: settingsVariable(settings),
      SHARDS_QUEUE_URL: queues.url('shards'),
      SHARDS_PRIORITY_QUEUE_URL: queues.url('shards-priority'),
      SHARDS_BACKSTOP_QUEUE_URL: queues.url('shards-backstop'),
    };
    const people = { ALERTS_QUEUE_URL: queues.url('alerts'), REMEDIATION_QUEUE_URL: queues.url('remediation') };

    this.dispatch = new PortcullisFunction(this, 'Dispatch', {
      name: 'dispatch',
      code,
      description: 'a turn of a task becomes shards',
      schema: DispatchEnv,
      environment: this.scanning,
      // 100,000 addresses are 900 MB in memory, and 400,000 shards of a full sweep are 40,000 calls.
      memoryMb: 2_048,
      timeoutSeconds: 900,
    });
    grantStores(table, this.dispatch.role, {
      read: ['assets', 'fingerprints', 'admitted', 'runs', 'killSwitch'],
      write: ['assets', 'runs'],
    });

    this.ingest = new PortcullisFunction(this, 'Ingest', {
      name: 'ingest',
      code,
      description: 'results become fingerprints, changes and findings',
      schema: IngestEnv,
      environment: { ...this.scanning, ...people, DEAD_LETTERS_QUEUE_URL: queues.deadLettersUrl('results') },
      timeoutSeconds: QUEUES.results.consumerTimeoutSeconds,
    });
    grantStores(table, this.ingest.role, {
      read: [
        'assets',
        'fingerprints',
        'findings',
        'plans',
        'approvals',
        'whitelist',
        'attributions',
        'lines',
        'runs',
        'killSwitch',
      ],
      write: ['fingerprints', 'changes', 'findings', 'plans', 'approvals', 'lines', 'audit', 'runs'],
    });
    consumeQueue(this.ingest, queues.get('results'), 10);

    this.remediate = new PortcullisFunction(this, 'Remediate', {
      name: 'remediate',
      code,
      description: 'an approved plan becomes a change and its proof',
      schema: RemediateEnv,
      environment: { ...this.scanning, ...people, DEAD_LETTERS_QUEUE_URL: queues.deadLettersUrl('remediation') },
      timeoutSeconds: QUEUES.remediation.consumerTimeoutSeconds,
      reservedConcurrency: CHANGES_AT_ONCE,
    });
    grantStores(table, this.remediate.role, {
      read: ['assets', 'findings', 'plans', 'approvals', 'whitelist', 'attributions', 'lines', 'killSwitch'],
      write: ['findings', 'plans', 'approvals', 'audit', 'locks'],
    });
    consumeQueue(this.remediate, queues.get('remediation'), CHANGES_AT_ONCE);

    this.reconcile = new PortcullisFunction(this, 'Reconcile', {
      name: 'reconcile',
      code,
      description: 'what a crash or a lost message left is taken up again',
      schema: ReconcileEnv,
      environment: { ...this.scanning, ...people },
      timeoutSeconds: 60,
    });
    grantStores(table, this.reconcile.role, {
      read: ['assets', 'fingerprints', 'findings', 'plans', 'approvals', 'whitelist', 'lines'],
      write: ['findings', 'plans', 'approvals', 'audit'],
      remove: ['runs'],
    });

    if (settings.aws?.securityHub === true) {
      this.emission = new FindingsStream(this, 'Emission');
      this.emit = this.#reportToSecurityHub(this.emission, code, table);
    }

    for (const { role } of [this.dispatch, this.ingest, this.remediate, this.reconcile]) {
      this.grantSendShards(role);
    }
    queues.get('shards-backstop').queue.grantSendMessages(this.dispatch.role);
    for (const { role } of [this.ingest, this.remediate, this.reconcile]) {
      queues.get('alerts').queue.grantSendMessages(role);
      queues.get('remediation').queue.grantSendMessages(role);
      grantNetworkReads(role, settings);
    }
    grantRuleChanges(this.remediate.role, settings);
    for (const [name, { role }] of Object.entries({
      Ingest: this.ingest,
      Remediate: this.remediate,
      Reconcile: this.reconcile,
    })) {
      new CfnOutput(this, `Hub${name}RoleArn`, {
        value: role.roleArn,
        description: `Parameter Hub${name}RoleArn of each spoke`,
      });
    }
  }

  /** Sweeps and urgent probes; only dispatch also fills the back-stop. */
  grantSendShards(grantee: IGrantable): void {
    this.queues.get('shards').queue.grantSendMessages(grantee);
    this.queues.get('shards-priority').queue.grantSendMessages(grantee);
  }

  #reportToSecurityHub(findings: FindingsStream, code: FunctionCode, table: TableV2): PortcullisFunction {
    const emit = new PortcullisFunction(this, 'Emit', {
      name: 'emit',
      code,
      description: 'findings go to Security Hub',
      schema: EmitEnv,
      environment: {
        TABLE_NAME: table.tableName,
        DEAD_LETTERS_QUEUE_URL: findings.deadLetters.queueUrl,
        PRODUCT_ARN: this.#productArn(),
      },
      timeoutSeconds: 60,
    });
    grantStores(table, emit.role, { read: ['assets'] });
    emit.role.addToPolicy(
      new PolicyStatement({ actions: ['securityhub:BatchImportFindings'], resources: [this.#productArn()] }),
    );
    findings.deliverTo(emit, table);
    return emit;
  }

  /** Findings of our own go in under the account's default product. */
  #productArn(): string {
    return `arn:${this.partition}:securityhub:${this.region}:${this.account}:product/${this.account}/default`;
  }
}
