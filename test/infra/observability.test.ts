import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { RUNBOOK } from '../../infra/constructs/alarms.ts';
import { type Deployment, deploy, ofType, resourcesOf } from './support/deployment.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

const alarms = (of = deployment) =>
  Object.entries(resourcesOf(of.observability))
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, { Properties }]) => ({ id: id.replace(/^Alarms(\w+?)[0-9A-F]{8}$/, '$1'), properties: Properties }));
const alarm = (id: string) => alarms().find((one) => one.id === id)?.properties;

const QUEUES = ['alerts', 'firewallevents', 'remediation', 'results', 'shards', 'shardsbackstop', 'shardspriority'];
const FUNCTIONS = [
  'alert',
  'api',
  'approvals',
  'dispatch',
  'emit',
  'firewallevents',
  'ingest',
  'inventory',
  'reconcile',
  'remediate',
];

describe('the alarms', () => {
  it('watch every queue, every dead-letter queue, every function, the schedules and the scanners', () => {
    expect(
      alarms()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(
      [
        ...QUEUES.flatMap((name) => [`DeadLetters${name}`, `OldestMessage${name}`]),
        'DeadLettersemit',
        ...FUNCTIONS.map((name) => `Failing${name}`),
        'MissedCadencedispatch',
        'MissedCadenceinventory',
        'MissedCadencereconcile',
        'ScannerTasks',
        'Throttled',
      ].toSorted(),
    );
  });

  it('go to one topic when they begin and when they end', () => {
    const topics = new Set(
      alarms().flatMap(({ properties }) =>
        [properties['AlarmActions'], properties['OKActions']].map((actions) => JSON.stringify(actions)),
      ),
    );
    expect(topics.size).toBe(1);
    expect([...topics][0]).toContain('AlarmsTopic');
  });

  it('each name a section of the runbook that is there', () => {
    const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const anchors = [...runbook.matchAll(/^#{2,4} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const { properties } of alarms()) {
      const [, section] = /Runbook: docs\/runbook\.md#([\w-]+)$/.exec(String(properties['AlarmDescription'])) ?? [];
      expect(Object.values(RUNBOOK)).toContain(section);
      expect(anchors).toContain(section);
    }
  });

  it('ring at the first dead letter', () => {
    expect(alarm('DeadLettersremediation')).toMatchObject({
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      Statistic: 'Maximum',
    });
  });

  it('ring when shards wait and neither service has a task, which costs no metric of its own', () => {
    const metrics = alarm('ScannerTasks')?.['Metrics'] as { Expression?: string; MetricStat?: { Metric: object } }[];
    expect(metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual([
      'SUM([SUM([waiting0,waiting1,waiting2]),-1000000000*SUM([tasks0,tasks1])])',
    ]);
    const spaces = metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []));
    expect(spaces).toEqual([
      ...Array.from({ length: 3 }, () => expect.objectContaining({ Namespace: 'AWS/SQS' })),
      ...Array.from({ length: 2 }, () =>
        expect.objectContaining({ Namespace: 'AWS/ECS', MetricName: 'CPUUtilization' }),
      ),
    ]);
    expect(alarm('ScannerTasks')).toMatchObject({ Threshold: 0, EvaluationPeriods: 15 });
  });

  it('ring once for throttled functions, whichever they are', () => {
    expect(alarm('Throttled')).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Throttles',
      DatapointsToAlarm: 2,
    });
    expect(alarm('Throttled')).not.toHaveProperty('Dimensions');
    expect(alarm('Failingingest')).toMatchObject({ MetricName: 'Errors', EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  });

  it('ring when three turns are missed, and treat silence as missing them', () => {
    expect(alarm('MissedCadencereconcile')).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 1,
      TreatMissingData: 'breaching',
    });
    // Three times fifteen minutes, in fives.
    expect(alarm('MissedCadenceinventory')).toMatchObject({ EvaluationPeriods: 9 });
  });

  it('do not watch turns that are further apart than an alarm can look back', () => {
    const rare = deploy({ ...DEFAULT_SETTINGS, targets: ['192.0.2.1'], cadenceMs: 7 * 86_400_000 });
    const ids = alarms(rare).map(({ id }) => id);
    expect(ids).not.toContain('MissedCadencedispatch');
    expect(ids).toContain('MissedCadencereconcile');
  });

  it('look back no further than CloudWatch allows', () => {
    for (const cadenceMs of [10_000, 3_600_000, 86_400_000]) {
      for (const { properties } of alarms(deploy({ ...DEFAULT_SETTINGS, targets: ['192.0.2.1'], cadenceMs }))) {
        const metrics = (properties['Metrics'] ?? []) as { MetricStat?: { Period: number } }[];
        const [period = Number(properties['Period'])] = metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
        const back = period * Number(properties['EvaluationPeriods']);
        expect(back).toBeLessThanOrEqual(period >= 3_600 ? 7 * 86_400 : 86_400);
      }
    }
  });

  it('are joined by a message for each scanner task that failed, saying why', () => {
    const [rule, ...more] = ofType(deployment.observability, 'AWS::Events::Rule');
    expect(more).toEqual([]);
    expect(JSON.stringify(rule?.Properties['EventPattern'])).toContain('TaskFailedToStart');
    expect(JSON.stringify(rule?.Properties['Targets'])).toMatch(/stoppedReason.*runbook\.md#alarm-scanner-tasks/);
  });
});

describe('the dashboard', () => {
  it('is one, with every alarm on it', () => {
    const [dashboard, ...more] = ofType(deployment.observability, 'AWS::CloudWatch::Dashboard');
    expect(more).toEqual([]);
    const body = JSON.stringify(dashboard?.Properties['DashboardBody']);
    for (const title of ['Messages waiting', 'Age of the oldest message', 'Errors of functions', 'Scanner'])
      expect(body).toContain(title);
    const shown = Object.entries(resourcesOf(deployment.observability)).filter(
      ([id, { Type }]) => Type === 'AWS::CloudWatch::Alarm' && body.includes(id),
    );
    expect(shown).toHaveLength(alarms().length);
  });
});
