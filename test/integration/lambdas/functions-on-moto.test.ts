import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { KILL_SWITCH_KEY } from '../../../adapters/aws/dynamo/keys.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsResultQueue } from '../../../adapters/aws/sqs-queues.ts';
import { Alert } from '../../../core/alerting/alert.ts';
import { issueToken } from '../../../core/approvals/link.ts';
import { alertGroupOf } from '../../../core/findings/finding.ts';
import { Shard } from '../../../core/planning/shard.ts';
import { approvalIdOf } from '../../../core/remediation/make-plan.ts';
import { anApproval } from '../../builders/approval.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { anAddressResult, anOpenPort, aShardResult } from '../../builders/shard-result.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { deploy, type Deployment } from '../../support/lambdas/deployment.ts';
import { httpEvent } from '../../support/lambdas/http-event.ts';
import { describeWith } from '../../support/need.ts';

/** Where moto is. The functions know AWS only; everything else of their handlers runs as it is deployed. */
const at = vi.hoisted(() => ({ url: '' }));
vi.mock(import('../../../adapters/aws/clients.ts'), async (original) => {
  const { makeWorkClients, makeTopicClient, ...rest } = await original();
  const here = <T extends object>(options: T) => ({ ...options, endpoints: { dynamodb: at.url, queues: at.url } });
  return {
    ...rest,
    makeWorkClients: (options) => makeWorkClients(here(options)),
    makeTopicClient: (options) => makeTopicClient(here(options)),
  };
});
vi.mock(import('../../../adapters/aws/kms-link-signer.ts'), async (original) => {
  const { linkKeyClient, ...rest } = await original();
  const here: typeof linkKeyClient = (config) => linkKeyClient({ ...config, endpoint: at.url });
  return { ...rest, linkKeyClient: here };
});

type FunctionName = 'alert' | 'approvals' | 'dispatch' | 'ingest' | 'reconcile' | 'remediate';
type SqsHandler = (event: SQSEvent) => Promise<SQSBatchResponse>;

const NOW = '2026-03-01T09:30:00.000Z';
const DONE = { batchItemFailures: [] };

describeWith(['moto'], 'the functions on moto', () => {
  let moto: Emulator;
  let cloud: Deployment;
  let lines: string[];

  beforeAll(async () => {
    moto = await startMoto();
    at.url = moto.url;
  }, STARTS_WITHIN_MS);
  afterAll(() => moto.close());

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) });
    lines = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    cloud = await deploy(moto.url);
  });
  afterEach(() => {
    cloud.destroy();
    vi.useRealTimers();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  /** The handler of a function as Lambda loads it: a new module, with its environment. */
  async function load<T = SqsHandler>(name: FunctionName, over: Record<string, string> = {}): Promise<T> {
    const letters = { alert: 'alerts', ingest: 'results', remediate: 'remediation' } as const;
    const queue = name in letters ? letters[name as keyof typeof letters] : null;
    const environment = {
      ...cloud.environment({ mode: 'approve' }),
      ...(queue !== null && { DEAD_LETTERS_QUEUE_URL: cloud.queues.deadLetterUrls[queue] }),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...over,
    };
    for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value);
    vi.resetModules();
    const { handler } = (await import(`../../../lambdas/${name}/handler.ts`)) as { handler: T };
    return handler;
  }

  const bodiesOn = async (url: string, waitSeconds = 5): Promise<unknown[]> =>
    (await cloud.eventFrom(url, waitSeconds)).Records.map(({ body }) => JSON.parse(body) as unknown);

  /** A finding whose plan is approved, or waits for it. */
  async function addCase(state: 'pending' | 'approved') {
    const { stores } = cloud;
    const finding = await stores.findings.save(aFinding({ version: 0, untold: [] }));
    const plan = await stores.plans.save(aPlan({ body: aPlanBody({ findingId: finding.id }) }));
    const approval = await stores.approvals.save(
      anApproval({ id: approvalIdOf(plan), findingId: finding.id, planId: plan.id, planHash: plan.hash }),
    );
    if (state === 'approved')
      await stores.approvals.decide(approval.id, 'approved', 'alice', '2026-03-01T09:29:00.000Z');
    return { finding, plan, approval };
  }

  it('alert: publishes what is untold of a group, once', async () => {
    const finding = await cloud.stores.findings.save(aFinding({ version: 0 }));
    const group = alertGroupOf(finding);
    const queue = sqsAlertQueue(cloud.clients.sqs, cloud.queues.queueUrls.alerts);
    await queue.send({ group }, { delaySeconds: 0 });
    const event = await cloud.eventFrom(cloud.queues.queueUrls.alerts);
    const handler = await load('alert');
    expect(await handler(event)).toEqual(DONE);
    const [alert] = await bodiesOn(cloud.queues.queueUrls.notifications);
    expect(Alert.parse(alert)).toMatchObject({ group, items: [{ findingId: finding.id, kind: 'opened' }] });
    expect(await cloud.stores.findings.get(finding.id)).toMatchObject({ untold: [], alertedAt: NOW });
    expect(await handler(event)).toEqual(DONE);
    expect(await bodiesOn(cloud.queues.queueUrls.notifications, 0)).toEqual([]);
  });

  it('alert: gives the message back, and the finding stays untold, when the topic is gone', async () => {
    const finding = await cloud.stores.findings.save(aFinding({ version: 0 }));
    const queue = sqsAlertQueue(cloud.clients.sqs, cloud.queues.queueUrls.alerts);
    await queue.send({ group: alertGroupOf(finding) }, { delaySeconds: 0 });
    const event = await cloud.eventFrom(cloud.queues.queueUrls.alerts);
    const handler = await load('alert', { ALERT_TOPIC_ARN: `${cloud.queues.topicArn}-gone` });
    expect(await handler(event)).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[0]!.messageId }] });
    expect(await cloud.stores.findings.get(finding.id)).toEqual(finding);
    expect(lines.join('')).toContain('message will be retried');
  });

  it('remediate: changes nothing while the kill switch is on, and asks for an alert that says so', async () => {
    const { finding, plan, approval } = await addCase('approved');
    const control = { ...KILL_SWITCH_KEY, on: true, reason: 'change freeze' };
    await cloud.clients.documents.send(new PutCommand({ TableName: cloud.tableName, Item: control }));
    const queue = sqsRemediationQueue(cloud.clients.sqs, cloud.queues.queueUrls.remediation);
    await queue.send({ action: 'apply', planId: plan.id, approvalId: approval.id, actor: 'alice' });
    const event = await cloud.eventFrom(cloud.queues.queueUrls.remediation);
    expect(await (await load('remediate'))(event)).toEqual(DONE);
    expect(await cloud.stores.plans.get(plan.id)).toMatchObject({
      state: 'refused',
      note: 'The kill switch is on (change freeze).',
    });
    expect(await cloud.stores.approvals.get(approval.id)).toMatchObject({ state: 'failed' });
    expect(await bodiesOn(cloud.queues.queueUrls.alerts)).toEqual([{ group: alertGroupOf(finding) }]);
    expect((await cloud.stores.findings.get(finding.id))?.untold).toMatchObject([{ kind: 'change-failed' }]);
    expect(await bodiesOn(cloud.queues.queueUrls['shards-priority'], 0)).toEqual([]);
  });

  it('remediate: keeps a request for a plan that does not exist for a person', async () => {
    const queue = sqsRemediationQueue(cloud.clients.sqs, cloud.queues.queueUrls.remediation);
    await queue.send({ action: 'apply', planId: 'p-none', approvalId: 'a-none', actor: 'alice' });
    const event = await cloud.eventFrom(cloud.queues.queueUrls.remediation);
    expect(await (await load('remediate'))(event)).toEqual(DONE);
    const { Records } = await cloud.eventFrom(cloud.queues.deadLetterUrls.remediation);
    expect(Records[0]?.body).toBe(event.Records[0]!.body);
    expect(Records[0]?.messageAttributes['reason']?.stringValue).toBe('There is no plan p-none to carry out.');
  });

  it('dispatch, ingest and alert: from a tick to a notification', async () => {
    const dispatch = await load<(event: unknown) => Promise<void>>('dispatch');
    await dispatch({ taskId: '2', scheduledAt: NOW });
    const [sent] = await bodiesOn(cloud.queues.queueUrls.shards);
    const shard = Shard.parse(sent);
    expect(shard.addresses).toEqual(['192.0.2.3']);
    const seen = { covered: shard.ports, open: [anOpenPort(23)], startedAt: NOW, finishedAt: NOW };
    const result = aShardResult({ shard, results: [anAddressResult(seen)], startedAt: NOW, finishedAt: NOW });
    await sqsResultQueue(cloud.clients.sqs, cloud.queues.queueUrls.results).send(result);
    const ingest = await load('ingest');
    expect(await ingest(await cloud.eventFrom(cloud.queues.queueUrls.results))).toEqual(DONE);
    const alert = await load('alert');
    expect(await alert(await cloud.eventFrom(cloud.queues.queueUrls.alerts))).toEqual(DONE);
    const [notification] = await bodiesOn(cloud.queues.queueUrls.notifications);
    expect(Alert.parse(notification).items).toMatchObject([{ address: '192.0.2.3', port: 23, kind: 'found' }]);
  });

  it('reconcile: asks again for the alert of a finding that nobody was told of', async () => {
    await cloud.stores.assets.putAll([anAsset()]);
    const finding = await cloud.stores.findings.save(aFinding({ version: 0 }));
    await (
      await load<() => Promise<void>>('reconcile')
    )();
    expect(await bodiesOn(cloud.queues.queueUrls.alerts)).toEqual([{ group: alertGroupOf(finding) }]);
  });

  it('approvals: a link that KMS signed shows the change, and a click puts it on the queue', async () => {
    const { plan, approval } = await addCase('pending');
    const token = await issueToken(cloud.signer, {
      approvalId: approval.id,
      planHash: plan.hash,
      approver: 'alice@example.com',
      expiresAt: approval.expiresAt,
    });
    const ask = await load<(event: object) => Promise<{ statusCode: number; body: string }>>('approvals');
    const shown = await ask(httpEvent('GET', `/approvals/${token}`));
    expect(shown.statusCode).toBe(200);
    expect(shown.body).toContain('192.0.2.3:6379');
    const other = token.endsWith('A') ? `${token.slice(0, -1)}E` : `${token.slice(0, -1)}A`;
    expect((await ask(httpEvent('POST', `/approvals/${other}`, 'decision=approve'))).statusCode).toBe(404);
    expect(await bodiesOn(cloud.queues.queueUrls.remediation, 0)).toEqual([]);
    const clicked = await ask(httpEvent('POST', `/approvals/${token}`, 'decision=approve&reason=reviewed'));
    expect(clicked.statusCode).toBe(200);
    expect(await bodiesOn(cloud.queues.queueUrls.remediation)).toMatchObject([
      { action: 'apply', planId: plan.id, approvalId: approval.id },
    ]);
    expect(await cloud.stores.approvals.get(approval.id)).toMatchObject({
      state: 'approved',
      decidedBy: 'alice@example.com (by link)',
    });
  });

  it('approvals: says that nothing was decided when the key of the links cannot be used, and logs why without the link', async () => {
    const { plan, approval } = await addCase('pending');
    const token = await issueToken(
      { ...cloud.signer, keyId: '11111111-2222-3333-4444-555555555555', sign: (text) => cloud.signer.sign(text) },
      { approvalId: approval.id, planHash: plan.hash, approver: 'alice@example.com', expiresAt: approval.expiresAt },
    );
    const ask = await load<(event: object) => Promise<{ statusCode: number; body: string }>>('approvals', {
      LINK_KEY_ID: '11111111-2222-3333-4444-555555555555',
    });
    const answer = await ask(httpEvent('POST', `/approvals/${token}`, 'decision=approve'));
    expect(answer.statusCode).toBe(500);
    expect(answer.body).toContain('Nothing was decided.');
    expect(lines.join('')).toContain(
      'kms:VerifyMac with the key 11111111-2222-3333-4444-555555555555 failed: NotFoundException',
    );
    expect(lines.join('')).not.toContain(token.slice(0, 40));
    expect(await cloud.stores.approvals.get(approval.id)).toEqual(approval);
    expect(await bodiesOn(cloud.queues.queueUrls.remediation, 0)).toEqual([]);
  });
});
