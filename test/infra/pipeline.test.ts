import type { Stack } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { AlertEnv } from '../../lambdas/alert/env.ts';
import { ApiEnv } from '../../lambdas/api/env.ts';
import { ApprovalsEnv } from '../../lambdas/approvals/env.ts';
import { DispatchEnv } from '../../lambdas/dispatch/env.ts';
import { EmitEnv } from '../../lambdas/emit/env.ts';
import { FirewallEventsEnv } from '../../lambdas/firewall-events/env.ts';
import { IngestEnv } from '../../lambdas/ingest/env.ts';
import { InventoryEnv } from '../../lambdas/inventory/env.ts';
import { ReconcileEnv } from '../../lambdas/reconcile/env.ts';
import { RemediateEnv } from '../../lambdas/remediate/env.ts';
import { QUEUES } from '../../core/deployment/resources.ts';
import {
  type Deployment,
  deploy,
  ofType,
  type Resource,
  resourcesOf,
  stacksOf,
  WATCHING,
} from './support/deployment.ts';

const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  Alert: AlertEnv,
  Api: ApiEnv,
  Approvals: ApprovalsEnv,
  Dispatch: DispatchEnv,
  Emit: EmitEnv,
  FirewallEvents: FirewallEventsEnv,
  Ingest: IngestEnv,
  Inventory: InventoryEnv,
  Reconcile: ReconcileEnv,
  Remediate: RemediateEnv,
};

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

const everywhere = (type: string): Resource[] => stacksOf(deployment).flatMap((stack) => ofType(stack, type));

function functionOf(name: string): { stack: Stack; id: string; properties: Record<string, unknown> } {
  for (const stack of stacksOf(deployment)) {
    for (const [id, { Type, Properties }] of Object.entries(resourcesOf(stack))) {
      if (Type === 'AWS::Lambda::Function' && id.startsWith(`${name}Function`))
        return { stack, id, properties: Properties };
    }
  }
  throw new Error(`there is no function ${name}`);
}

describe('the queues', () => {
  it('each have a dead-letter queue that keeps what failed five times for 14 days', () => {
    const queues = everywhere('AWS::SQS::Queue');
    const working = queues.filter(({ Properties }) => Properties['RedrivePolicy'] !== undefined);
    expect(working).toHaveLength(7);
    for (const { Properties } of working) expect(Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
    // One more for the stream of findings.
    const dead = queues.filter(({ Properties }) => Properties['RedrivePolicy'] === undefined);
    expect(dead).toHaveLength(8);
    for (const { Properties } of dead) expect(Properties['MessageRetentionPeriod']).toBe(1_209_600);
  });

  it('are encrypted', () => {
    for (const { Properties } of everywhere('AWS::SQS::Queue')) expect(Properties['SqsManagedSseEnabled']).toBe(true);
  });

  it('hide a message for six times as long as its consumer may take', () => {
    const timeouts = everywhere('AWS::SQS::Queue')
      .map(({ Properties }) => Properties['VisibilityTimeout'])
      .filter((timeout) => timeout !== undefined);
    expect(timeouts.toSorted((a, b) => Number(a) - Number(b))).toEqual([180, 360, 360, 720, 720, 720, 720]);
  });
});

describe('the functions', () => {
  it.each(Object.entries(SCHEMAS))('%s gets exactly the variables its schema asks for', (name, schema) => {
    const { Variables } = functionOf(name).properties['Environment'] as { Variables: Record<string, unknown> };
    const ours = Object.keys(Variables).filter((key) => key !== 'NODE_OPTIONS');
    // The one variable that is there only when people sign in (test/infra/people.test.ts).
    const asked = Object.keys(schema.shape).filter((key) => key !== 'SIGN_IN_KEY_ID');
    expect(ours.toSorted()).toEqual(asked.toSorted());
  });

  it.each(Object.keys(SCHEMAS))('%s runs on Node 24 on ARM, with a log group and a role of its own', (name) => {
    const { properties } = functionOf(name);
    expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    expect(JSON.stringify(properties['LoggingConfig'])).toContain(`${name}Logs`);
    expect(JSON.stringify(properties['Role'])).toContain(`${name}Role`);
  });

  it('that read queues answer for each message and have a limit of their own', () => {
    const mappings = everywhere('AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties['StartingPosition'] === undefined,
    );
    expect(mappings).toHaveLength(4);
    for (const { Properties } of mappings) {
      expect(Properties).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: expect.any(Number) as number },
      });
    }
  });

  it.each([
    ['Ingest', 'results'],
    ['Remediate', 'remediation'],
    ['Alert', 'alerts'],
    ['FirewallEvents', 'firewall-events'],
  ] as const)('%s may take as long as the catalogue says of the queue %s', (name, queue) => {
    expect(functionOf(name).properties['Timeout']).toBe(QUEUES[queue].consumerTimeoutSeconds);
  });

  it('that ask EC2 much are few at once, and never fewer than their queue may start', () => {
    const limits = Object.keys(SCHEMAS).map((name) => [
      name,
      functionOf(name).properties['ReservedConcurrentExecutions'],
    ]);
    expect(Object.fromEntries(limits.filter(([, limit]) => limit !== undefined))).toEqual({
      FirewallEvents: 4,
      Inventory: 1,
      Remediate: 2,
    });
    const atOnce = everywhere('AWS::Lambda::EventSourceMapping').flatMap(({ Properties }) => {
      const target = JSON.stringify(Properties['FunctionName']);
      const [, limit] = limits.find(([name]) => target.includes(`${String(name)}Function`)) ?? [];
      const { MaximumConcurrency } = (Properties['ScalingConfig'] ?? {}) as { MaximumConcurrency?: number };
      return limit === undefined ? [] : [[MaximumConcurrency, limit]];
    });
    expect(atOnce.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [2, 2],
      [4, 4],
    ]);
  });

  it('that sends findings on gets the changes of findings alone, and gives up a record after five tries', () => {
    const [stream, ...more] = everywhere('AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties['StartingPosition'] !== undefined,
    );
    expect(more).toEqual([]);
    expect(stream?.Properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 5,
      FilterCriteria: { Filters: [{ Pattern: '{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"FINDING#"}]}}}}' }] },
    });
    expect(JSON.stringify(stream?.Properties['DestinationConfig'])).toContain('dlq');
  });

  it('have their variables in less than the 4 KB that Lambda takes', () => {
    for (const name of Object.keys(SCHEMAS)) {
      expect(JSON.stringify(functionOf(name).properties['Environment']).length).toBeLessThan(4_096);
    }
  });
});

describe('reports to Security Hub', () => {
  it('are deployed only where they are asked for', () => {
    const made = (securityHub: boolean) => {
      const own = deploy({ ...WATCHING, aws: { ...WATCHING.aws!, securityHub } });
      return stacksOf(own).flatMap((stack) =>
        Object.entries(resourcesOf(stack)).flatMap(([id, resource]) =>
          /emit|emission/i.test(id) || JSON.stringify(resource).includes('securityhub:') ? [id] : [],
        ),
      );
    };
    expect(made(true)).not.toEqual([]);
    expect(made(false)).toEqual([]);
  });
});
