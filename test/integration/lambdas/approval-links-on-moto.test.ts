import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { sqsAlertQueue } from '../../../adapters/aws/sqs-queues.ts';
import type { Settings } from '../../../core/config/settings.ts';
import type { Severity } from '../../../core/findings/finding.ts';
import { alertGroupOf } from '../../../core/findings/finding.ts';
import { approvalIdOf } from '../../../core/remediation/make-plan.ts';
import { anApproval } from '../../builders/approval.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { deploy, type Deployment, PUBLIC_URL } from '../../support/lambdas/deployment.ts';
import { httpEvent } from '../../support/lambdas/http-event.ts';
import { describeWith } from '../../support/need.ts';
import { CLIENT_ID, OidcProvider } from '../../support/oidc/provider.ts';

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

interface HttpAnswer {
  statusCode: number;
  body: string;
  headers: Record<string, string>;
  cookies?: string[];
}
type Ask = (event: object) => Promise<HttpAnswer>;

const NOW = '2026-03-01T09:30:00.000Z';
const APPROVERS = ['ana@example.com', 'bo@example.com'].map((name) => ({ name, match: null, subject: null, arns: [] }));

describeWith(['moto'], 'approval links on moto', () => {
  let moto: Emulator;
  let cloud: Deployment;
  let provider: OidcProvider;
  let lines: string[];

  beforeAll(async () => {
    moto = await startMoto();
    at.url = moto.url;
    provider = await OidcProvider.start();
  }, STARTS_WITHIN_MS);
  afterAll(async () => {
    await provider.close();
    await moto.close();
  });

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

  /** The handler as Lambda loads it: a new module, with its environment. */
  async function load<T>(
    name: 'alert' | 'approvals',
    settings: Partial<Settings> = {},
    over: Record<string, string | undefined> = {},
  ): Promise<T> {
    const environment = {
      ...cloud.environment({ mode: 'approve', ...settings }),
      DEAD_LETTERS_QUEUE_URL: cloud.queues.deadLetterUrls.alerts,
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

  /** A mailbox that is subscribed as an approver's is: by a filter on the message attribute. */
  async function mailboxOf(approver: string): Promise<() => Promise<string[]>> {
    const { sns, sqs } = cloud.clients;
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `mail-${approver.split('@')[0]}-${cloud.tableName}` }),
    );
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await sns.send(
      new SubscribeCommand({
        TopicArn: cloud.queues.linkTopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.['QueueArn'],
        Attributes: { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify({ approver: [approver] }) },
      }),
    );
    return async () => (await cloud.eventFrom(QueueUrl, 0)).Records.map(({ body }) => body);
  }

  /** A finding that nobody was told of, with a proposal. */
  async function addUntold(severity: Severity, ruleId = 'sgr-1') {
    const { stores } = cloud;
    const id = 'f-0000000000000001';
    const plan = await stores.plans.save(aPlan({ body: aPlanBody({ findingId: id }) }));
    const approval = await stores.approvals.save(
      anApproval({ id: approvalIdOf(plan), findingId: id, planId: plan.id, planHash: plan.hash }),
    );
    const admittedBy = [{ ruleId, source: '0.0.0.0/0', breadth: 'internet' as const }];
    const finding = await stores.findings.save(
      aFinding({ id, version: 0, severity, admittedBy, planId: plan.id, approvalId: approval.id }),
    );
    return { finding, plan, approval };
  }

  async function alert(group: string, settings: Partial<Settings>, over: Record<string, string | undefined> = {}) {
    const queue = sqsAlertQueue(cloud.clients.sqs, cloud.queues.queueUrls.alerts);
    await queue.send({ group }, { delaySeconds: 0 });
    const event = await cloud.eventFrom(cloud.queues.queueUrls.alerts);
    return (await load<(event: SQSEvent) => Promise<SQSBatchResponse>>('alert', settings, over))(event);
  }

  const linkIn = (mail: string | undefined): string => /https:\/\/\S+\/approvals\/\S+/.exec(mail ?? '')?.[0] ?? '';

  it('reach each approver in their own mailbox, and the alert carries none', async () => {
    const [ana, bo] = [await mailboxOf('ana@example.com'), await mailboxOf('bo@example.com')];
    const { finding, approval } = await addUntold('medium');
    expect(await alert(alertGroupOf(finding), { approvers: APPROVERS })).toEqual({ batchItemFailures: [] });
    const [mails, others] = [await ana(), await bo()];
    expect([mails.length, others.length]).toEqual([1, 1]);
    const [link, other] = [linkIn(mails[0]), linkIn(others[0])];
    expect(link).not.toBe(other);
    expect(mails[0]).toContain('These links were made for ana@example.com.');
    const { Records } = await cloud.eventFrom(cloud.queues.queueUrls.notifications);
    expect(Records).toHaveLength(1);
    expect(JSON.parse(Records[0]!.body)).toMatchObject({ items: [{ approvalId: approval.id }] });
    expect(JSON.stringify(Records)).not.toContain('/approvals/');
    const mac = link.split('.').at(-1) ?? 'none';
    expect(lines.join('')).not.toContain(mac);
    expect(JSON.stringify(await cloud.stores.approvals.list())).not.toContain(mac);

    const ask = await load<Ask>('approvals', { approvers: APPROVERS });
    const path = link.slice(PUBLIC_URL.length);
    expect((await ask(httpEvent('GET', path))).body).toContain('ana@example.com, bo@example.com');
    expect((await ask(httpEvent('POST', path, 'decision=approve'))).statusCode).toBe(200);
    expect(await cloud.stores.approvals.get(approval.id)).toMatchObject({ decidedBy: 'ana@example.com (by link)' });
  });

  it('go to the owner without a list of approvers', async () => {
    const owner = await mailboxOf('payments@example.com');
    const { finding } = await addUntold('high');
    await alert(alertGroupOf(finding), {});
    const path = linkIn((await owner())[0]).slice(PUBLIC_URL.length);
    expect((await (await load<Ask>('approvals'))(httpEvent('GET', path))).statusCode).toBe(200);
  });

  it('that KMS does not sign bring the alert again; people were told before', async () => {
    const { finding } = await addUntold('high');
    const answer = await alert(alertGroupOf(finding), {}, { LINK_KEY_ID: '11111111-2222-3333-4444-555555555555' });
    expect(answer.batchItemFailures).toHaveLength(1);
    expect(lines.join('')).toContain('kms:GenerateMac with the key 11111111-2222-3333-4444-555555555555 failed');
    expect((await cloud.eventFrom(cloud.queues.queueUrls.notifications)).Records).toHaveLength(1);
    expect((await cloud.stores.findings.get(finding.id))?.untold).toHaveLength(1);
  });

  it('of a removed approver are dead at once, and of whoever opened the port can only deny', async () => {
    const actor = 'arn:aws:sts::123456789012:assumed-role/admin/ana@example.com';
    await cloud.stores.attributions.put([anAttribution({ ruleId: 'sgr-1', actor })]);
    const [ana, bo] = [await mailboxOf('ana@example.com'), await mailboxOf('bo@example.com')];
    const { finding, approval } = await addUntold('medium');
    await alert(alertGroupOf(finding), { approvers: APPROVERS });
    const [hers, his] = [linkIn((await ana())[0]), linkIn((await bo())[0])].map((link) =>
      link.slice(PUBLIC_URL.length),
    );
    const ask = await load<Ask>('approvals', { approvers: APPROVERS.slice(0, 1) });
    const removed = await ask(httpEvent('POST', his ?? '', 'decision=approve'));
    expect(removed.statusCode).toBe(403);
    expect(removed.body).toContain('bo@example.com is not on the list of approvers.');
    const opener = await ask(httpEvent('POST', hers ?? '', 'decision=approve'));
    expect(opener.statusCode).toBe(409);
    expect(opener.body).toContain(`ana@example.com opened this port (${actor}`);
    expect((await cloud.stores.approvals.get(approval.id))?.state).toBe('pending');
    expect((await ask(httpEvent('POST', hers ?? '', 'decision=deny'))).statusCode).toBe(200);
    const actions = (await cloud.stores.audit.list({ limit: 10, object: approval.id })).map(({ action }) => action);
    expect(actions.toSorted()).toEqual(['approval-denied', 'decision-refused', 'decision-refused']);
  });

  it('decide what is high after signing in, with cookies sealed by a key of their own', async () => {
    const ana = await mailboxOf('ana@example.com');
    const { finding, approval } = await addUntold('high');
    const signIn = { issuer: provider.issuer, clientId: CLIENT_ID, audience: CLIENT_ID, forSeverity: 'high' as const };
    const settings = { approvers: APPROVERS, signIn };
    await alert(alertGroupOf(finding), settings);
    const path = linkIn((await ana())[0]).slice(PUBLIC_URL.length);
    const ask = await load<Ask>('approvals', settings);
    expect((await ask(httpEvent('POST', path, 'decision=approve'))).statusCode).toBe(403);

    const begun = await ask({ ...httpEvent('GET', path), rawQueryString: 'sign-in=1' });
    expect(begun.statusCode).toBe(303);
    expect(begun.cookies?.[0]).toMatch(
      /^__Host-portcullis-signing-in=[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const back = await fetch(begun.headers['location'] ?? '', { redirect: 'manual' });
    const callback = new URL(back.headers.get('location') ?? '');
    expect(callback.origin + callback.pathname).toBe(`${PUBLIC_URL}/approvals/signed-in`);
    const cookieOf = (answer: HttpAnswer, index: number) => (answer.cookies?.[index] ?? '').split(';')[0] ?? '';
    const landed = await ask({
      ...httpEvent('GET', callback.pathname),
      rawQueryString: callback.searchParams.toString(),
      cookies: [cookieOf(begun, 0)],
    });
    expect({ status: landed.statusCode, location: landed.headers['location'] }).toEqual({
      status: 303,
      location: path,
    });
    const cookies = [cookieOf(landed, 1)];
    expect(cookies[0]).toMatch(/^__Host-portcullis-signed-in=/);
    expect((await ask({ ...httpEvent('POST', path, 'decision=approve'), cookies })).statusCode).toBe(200);
    expect(await cloud.stores.approvals.get(approval.id)).toMatchObject({
      state: 'approved',
      decidedAs: { how: 'oidc', name: 'ana@example.com', subject: '00u-ana' },
    });
  });

  it('do not start with a sign-in and without its key', async () => {
    const signIn = { issuer: provider.issuer, clientId: CLIENT_ID, audience: CLIENT_ID, forSeverity: 'high' as const };
    await expect(load('approvals', { approvers: APPROVERS, signIn }, { SIGN_IN_KEY_ID: undefined })).rejects.toThrow(
      'SIGN_IN_KEY_ID is not set, and the settings have signIn',
    );
  });
});
