import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { TASKS } from '../../core/planning/catalogue.ts';
import { PortcullisStack } from '../../infra/stacks/portcullis-stack.ts';
import { AlertEnv } from '../../lambdas/alert/env.ts';
import { ApprovalsEnv } from '../../lambdas/approvals/env.ts';
import { DispatchEnv } from '../../lambdas/dispatch/env.ts';
import { IngestEnv } from '../../lambdas/ingest/env.ts';
import { ReconcileEnv } from '../../lambdas/reconcile/env.ts';
import { RemediateEnv } from '../../lambdas/remediate/env.ts';

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}
interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

const FUNCTIONS = {
  Dispatch: DispatchEnv,
  Ingest: IngestEnv,
  Alert: AlertEnv,
  Approvals: ApprovalsEnv,
  Remediate: RemediateEnv,
  Reconcile: ReconcileEnv,
} as const;

let template: Template;
let resources: Record<string, Resource>;

beforeAll(() => {
  // Without bundling: these tests are about the template; test/infra/bundles.test.ts loads the bundles.
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const settings = { ...DEFAULT_SETTINGS, targets: ['192.0.2.0/28'] };
  template = Template.fromStack(new PortcullisStack(app, 'Portcullis', { settings }));
  resources = template.toJSON()['Resources'] as Record<string, Resource>;
});

/** Every statement of the policies whose logical id starts with `prefix`. */
function statementsOf(prefix: string): Statement[] {
  return Object.entries(resources)
    .filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(prefix))
    .flatMap(([, { Properties }]) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
}

function actionsOf(prefix: string): string[] {
  return statementsOf(prefix).flatMap(({ Action }) => Action);
}

describe('the data', () => {
  it('is one table on demand that can be restored to any second, expires by ttl and outlives the stack', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });
});

describe('the queues', () => {
  it('each have a dead-letter queue that keeps what failed five times for 14 days', () => {
    const queues = Object.values(template.findResources('AWS::SQS::Queue')) as Resource[];
    const withRedrive = queues.filter(({ Properties }) => Properties['RedrivePolicy'] !== undefined);
    expect(withRedrive).toHaveLength(6);
    expect(queues).toHaveLength(12);
    for (const { Properties } of withRedrive) expect(Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
    const dead = queues.filter(({ Properties }) => Properties['RedrivePolicy'] === undefined);
    for (const { Properties } of dead) expect(Properties['MessageRetentionPeriod']).toBe(1_209_600);
  });

  it('hide a message for six times as long as its function may take', () => {
    const timeouts = (Object.values(template.findResources('AWS::SQS::Queue')) as Resource[])
      .map(({ Properties }) => Properties['VisibilityTimeout'])
      .filter((timeout) => timeout !== undefined);
    expect(timeouts.toSorted((a, b) => Number(a) - Number(b))).toEqual([180, 360, 360, 720, 720, 720]);
  });
});

describe('the functions', () => {
  it.each(Object.entries(FUNCTIONS))('%s gets exactly the variables its schema asks for', (name, schema) => {
    const [, lambda] = Object.entries(resources).find(
      ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(`${name}Function`),
    ) as [string, Resource];
    const { Variables } = lambda.Properties['Environment'] as { Variables: Record<string, unknown> };
    const ours = Object.keys(Variables).filter(
      (key) => !['NODE_OPTIONS', 'AWS_NODEJS_CONNECTION_REUSE_ENABLED'].includes(key),
    );
    expect(ours.toSorted()).toEqual(Object.keys(schema.shape).toSorted());
    expect(lambda.Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  });

  it('that read queues answer for each message and have a limit of their own', () => {
    const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')) as Resource[];
    expect(mappings).toHaveLength(3);
    for (const { Properties } of mappings) {
      expect(Properties).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) as number },
      });
    }
  });
});

describe('what each part must not', () => {
  it('nothing touches EC2 security groups yet', () => {
    const all = Object.keys(FUNCTIONS).flatMap(actionsOf).concat(actionsOf('ScannerTask'));
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((action) => action.startsWith('ec2:'))).toEqual([]);
  });

  it('the approval endpoint cannot make links, only check them', () => {
    expect(actionsOf('Approvals').filter((action) => action.startsWith('kms:'))).toEqual(['kms:VerifyMac']);
  });

  it('the scanner reads nothing of the table but the kill switch', () => {
    const onTable = statementsOf('ScannerTask').filter(({ Action }) =>
      [Action].flat().some((a) => a.startsWith('dynamodb:')),
    );
    expect(onTable).toEqual([
      expect.objectContaining({
        Action: 'dynamodb:GetItem',
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['CONTROL#kill-switch'] } },
      }) as Statement,
    ]);
  });

  it('nobody but the alert function publishes to people', () => {
    const publishers = Object.keys(FUNCTIONS).filter((name) => actionsOf(name).includes('sns:Publish'));
    expect(publishers).toEqual(['Alert']);
  });
});

describe('the way in', () => {
  it('is approval links alone, on an API without an access log, because the path is the token', () => {
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')) as Resource[];
    expect(new Set(routes.map(({ Properties }) => String(Properties['RouteKey']).split(' ')[1]))).toEqual(
      new Set(['/approvals/{token}']),
    );
    for (const { Properties } of Object.values(template.findResources('AWS::ApiGatewayV2::Stage')) as Resource[]) {
      expect(Properties['AccessLogSettings']).toBeUndefined();
    }
  });

  it('signs links with an HMAC key of KMS', () => {
    template.hasResourceProperties('AWS::KMS::Key', { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  });
});

describe('the schedules', () => {
  it('are the rows of the catalogue and the healing of what was lost, never below a minute', () => {
    const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule')) as Resource[];
    expect(schedules).toHaveLength(TASKS.length + 1);
    const rates = schedules.map(({ Properties }) => Properties['ScheduleExpression']);
    expect(rates).toContain('rate(1 minute)');
    expect(rates).toContain('rate(7 days)');
  });
});

describe('the scanner', () => {
  it('runs in public subnets without a NAT gateway and lets nothing in', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup')) as Resource[];
    expect(groups).toHaveLength(1);
    expect(groups[0]?.Properties['SecurityGroupIngress']).toBeUndefined();
  });

  it('has file descriptors enough for its sockets and time to give work back', () => {
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({ StopTimeout: 60, Ulimits: [{ Name: 'nofile', SoftLimit: 65_535, HardLimit: 65_535 }] }),
      ],
    });
  });
});
