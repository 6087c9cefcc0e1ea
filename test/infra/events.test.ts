import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { API_CALL, INSTANCE_STATE, WATCHED_EVENTS } from '../../core/events/watched-events.ts';
import { TASKS } from '../../core/planning/catalogue.ts';
import { type Deployment, deploy, ofType, resourcesOf } from './support/deployment.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

interface Rule {
  EventBusName?: unknown;
  EventPattern: {
    source: string[];
    'detail-type': string[];
    detail: { eventName?: string[]; state?: string[]; errorCode?: unknown };
  };
  Targets: { Arn: unknown; DeadLetterConfig?: { Arn: unknown }; RetryPolicy?: unknown }[];
}

const rulesOf = (stack: 'events' | 'spoke') =>
  ofType(deployment[stack], 'AWS::Events::Rule').map(({ Properties }) => Properties as unknown as Rule);

describe('the schedules', () => {
  const schedules = (of: Deployment) =>
    Object.entries(resourcesOf(of.events)).filter(([, { Type }]) => Type === 'AWS::Scheduler::Schedule');

  it('are the rows of the catalogue, the healing of what was lost, and the inventory', () => {
    const named = Object.fromEntries(
      schedules(deployment).map(([id, { Properties }]) => [
        id.replace(/^Schedules(\w+?)[0-9A-F]{8}$/, '$1'),
        Properties['ScheduleExpression'],
      ]),
    );
    expect(Object.keys(named).toSorted()).toEqual(
      [...TASKS.map(({ id }) => `Task${id}`), 'Reconcile', 'Inventory'].toSorted(),
    );
    expect(named).toMatchObject({
      Reconcile: 'rate(1 minute)',
      Inventory: 'rate(15 minutes)',
      Task2: 'rate(1 minute)',
      Task6: 'rate(2 hours)',
      Task8: 'rate(7 days)',
    });
  });

  it('follow the configured cadence', () => {
    const slow = deploy({ ...DEFAULT_SETTINGS, targets: ['192.0.2.1'], cadenceMs: 600_000 });
    const [, task2] = schedules(slow).find(([id]) => id.startsWith('SchedulesTask2')) ?? [];
    expect(task2?.Properties['ScheduleExpression']).toBe('rate(10 minutes)');
  });

  it('say which row is due and when it was, and give a turn up when the next is near', () => {
    const [, task] = schedules(deployment).find(([id]) => id.startsWith('SchedulesTask4')) ?? [];
    expect(task?.Properties['Target']).toMatchObject({
      Input: '{"taskId":"4","scheduledAt":"<aws.scheduler.scheduled-time>"}',
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 2 },
    });
  });
});

describe('what can open a port', () => {
  const namesIn = (rules: readonly Rule[]) =>
    rules
      .flatMap(({ EventPattern: { source, 'detail-type': types, detail } }) =>
        (detail.eventName ?? detail.state ?? []).map((name) => `${source.join()} ${types.join()} ${name}`),
      )
      .toSorted();
  const catalogue = WATCHED_EVENTS.flatMap(({ source, detailType, eventNames }) =>
    eventNames.map((name) => `${source} ${detailType} ${name}`),
  ).toSorted();

  it('is heard of on the own bus and on the bus of member accounts', () => {
    const rules = rulesOf('events');
    expect(namesIn(rules.filter(({ EventBusName }) => EventBusName === undefined))).toEqual(catalogue);
    expect(namesIn(rules.filter(({ EventBusName }) => EventBusName !== undefined))).toEqual(catalogue);
  });

  it('is sent on by every spoke', () => {
    expect(namesIn(rulesOf('spoke'))).toEqual(catalogue);
  });

  it('includes the ways that nobody subscribes to', () => {
    for (const name of [
      'ModifySecurityGroupRules',
      'ModifyManagedPrefixList',
      'CreateRoute',
      'CreateNetworkAclEntry',
      'ModifyVpcBlockPublicAccessOptions',
    ]) {
      expect(catalogue).toContain(`aws.ec2 ${API_CALL} ${name}`);
    }
    expect(catalogue).toContain(`aws.elasticloadbalancing ${API_CALL} CreateListener`);
    expect(catalogue).toContain(`aws.ec2 ${INSTANCE_STATE} running`);
  });

  it('leaves out calls that AWS refused', () => {
    const calls = [...rulesOf('events'), ...rulesOf('spoke')].filter(({ EventPattern }) =>
      EventPattern['detail-type'].includes(API_CALL),
    );
    expect(calls).toHaveLength(9);
    for (const { EventPattern } of calls) expect(EventPattern.detail.errorCode).toEqual([{ exists: false }]);
  });

  it('fits into a pattern, which takes 2,048 characters', () => {
    for (const { EventPattern } of [...rulesOf('events'), ...rulesOf('spoke')]) {
      expect(JSON.stringify(EventPattern).length).toBeLessThanOrEqual(2_048);
    }
  });

  it('is queued, retried for an hour, and kept when it could not be queued', () => {
    for (const { Targets } of rulesOf('events')) {
      expect(Targets).toHaveLength(1);
      expect(Targets[0]?.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 20 });
      expect(JSON.stringify(Targets[0]?.Arn)).toMatch(/Queuesfirewallevents(?!dlq)/);
      expect(JSON.stringify(Targets[0]?.DeadLetterConfig)).toContain('Queuesfirewalleventsdlq');
    }
  });

  it('may be sent here by accounts of the named organization, and by nobody while none is named', () => {
    const [policy, ...more] = ofType(deployment.events, 'AWS::Events::EventBusPolicy');
    expect(more).toEqual([]);
    expect(policy).toMatchObject({ Condition: expect.stringContaining('OrganizationIsNamed') as string });
    expect(policy?.Properties['Statement']).toMatchObject({
      Action: 'events:PutEvents',
      Condition: { StringEquals: { 'aws:PrincipalOrgID': { Ref: 'OrganizationId' } } },
    });
  });
});
