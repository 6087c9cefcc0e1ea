import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import type { Settings } from '../../core/config/settings.ts';
import { addPortcullis } from '../../infra/portcullis.ts';

/** What costs money by being there, counted in the templates that `cdk deploy` takes. */
export interface Deployed {
  /** Metrics that alarms look at: each is billed, also within one expression. */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly keys: number;
  /** Schedules that start functions, and how often a month, by their expression. */
  readonly schedules: Readonly<Record<string, number>>;
  readonly containerInsights: boolean;
  readonly taskVcpu: number;
  readonly taskGb: number;
  /** Queues that functions take from: Lambda polls each. */
  readonly polledQueues: number;
}

/** One account of its own is watched, besides the one that all of this is in. */
const WATCHING: Settings = {
  ...DEFAULT_SETTINGS,
  targets: ['192.0.2.0/28'],
  mode: 'approve',
  aws: {
    securityHub: true,
    regions: ['us-east-1'],
    accounts: [
      {
        account: '210987654321',
        regions: ['us-east-1'],
        readRole: 'arn:aws:iam::210987654321:role/portcullis-read',
        writeRole: 'arn:aws:iam::210987654321:role/portcullis-write',
        externalId: 'not-a-secret',
      },
    ],
  },
};

export function countDeployed(settings: Partial<Settings>): Deployed {
  const properties = hubProperties({ ...WATCHING, ...settings });
  const all = (type: string) => properties.get(type) ?? [];
  const alarms = all('AWS::CloudWatch::Alarm');
  const [task] = all('AWS::ECS::TaskDefinition');
  const [cluster] = all('AWS::ECS::Cluster');
  const schedules = new Map<string, number>();
  for (const each of all('AWS::Scheduler::Schedule')) {
    const text = String(each['ScheduleExpression']);
    schedules.set(text, (schedules.get(text) ?? 0) + 1);
  }
  return {
    alarmMetrics: alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    keys: all('AWS::KMS::Key').length,
    schedules: Object.fromEntries(schedules),
    containerInsights: JSON.stringify(cluster?.['ClusterSettings'] ?? '').includes('enabled'),
    taskVcpu: Number(task?.['Cpu']) / 1_024,
    taskGb: Number(task?.['Memory']) / 1_024,
    polledQueues: all('AWS::Lambda::EventSourceMapping').filter(
      (each) => JSON.stringify(each['EventSourceArn']).includes('Queue') || each['ScalingConfig'] !== undefined,
    ).length,
  };
}

/** One, or as many as its expression uses. */
function metricsOf(alarm: Record<string, unknown>): number {
  const metrics = (alarm['Metrics'] ?? []) as readonly { MetricStat?: unknown }[];
  return Math.max(1, metrics.filter(({ MetricStat }) => MetricStat !== undefined).length);
}

/** Properties of every resource of the hub by type; members pay for themselves. */
function hubProperties(settings: Settings): Map<string, Record<string, unknown>[]> {
  const outdir = mkdtempSync(join(tmpdir(), 'portcullis-cost-'));
  try {
    const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
      context: Record<string, unknown>;
    };
    const app = new App({
      outdir,
      context: { ...context, 'aws:cdk:bundling-stacks': [] },
      builtinCloudFormationValidation: false,
    });
    const { data, pipeline, people, scanners, events, observability } = addPortcullis(app, {
      settings,
      code: () => Code.fromInline('not bundled'),
      environment: 'cost',
    });
    const found = new Map<string, Record<string, unknown>[]>();
    for (const stack of [data, pipeline, people, scanners, events, observability] satisfies Stack[]) {
      const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
      for (const { Type, Properties = {} } of Object.values(Resources)) {
        found.set(Type, [...(found.get(Type) ?? []), Properties]);
      }
    }
    return found;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
}
