import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  type IpPermission,
} from '@aws-sdk/client-ec2';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { KILL_SWITCH_KEY } from '../../../adapters/aws/dynamo/keys.ts';
import type { Settings } from '../../../core/config/settings.ts';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { Shard } from '../../../core/planning/shard.ts';
import { ApiEnv } from '../../../lambdas/api/env.ts';
import { anApproval } from '../../builders/approval.ts';
import { anAsset } from '../../builders/asset.ts';
import { anAttribution } from '../../builders/attribution.ts';
import { aChangeLine } from '../../builders/change-line.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { adminClient, aVpc, PLACE } from '../../support/aws/small-cloud.ts';
import { ec2Error, startWireProxy, type WireProxy } from '../../support/aws/wire-proxy.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { deploy, type Deployment } from '../../support/lambdas/deployment.ts';
import { ALICE, BOB, signedEvent, type SignedRequest } from '../../support/lambdas/signed-event.ts';
import { describeWith } from '../../support/need.ts';

/** Where moto is. The function knows AWS only; everything else of its handler runs as it is deployed. */
const at = vi.hoisted(() => ({ url: '' }));
vi.mock(import('../../../adapters/aws/client-config.ts'), async (original) => {
  const { clientConfig } = await original();
  return { clientConfig: (options) => clientConfig(options, at.url) };
});

type Handler = (event: object) => Promise<{ statusCode: number; body: string }>;
type Ask = (method: string, path: string, request?: SignedRequest) => Promise<{ status: number; json: unknown }>;

const NOW = '2026-03-01T09:30:00.000Z';
const WATCHED = { regions: [PLACE.region], accounts: [], securityHub: false };
describeWith(['moto'], 'lambdas/api on moto', () => {
  let moto: Emulator;
  let proxy: WireProxy;
  let cloud: Deployment;
  let ec2: EC2Client;
  let lines: string[];
  /** Actions of EC2, ELB and STS that were called. */
  let called: string[];
  let refuses: boolean;

  beforeAll(async () => {
    moto = await startMoto();
    at.url = moto.url;
    proxy = await startWireProxy(moto.url, async (call, forward) => {
      called.push(call.action);
      return refuses ? ec2Error(403, 'UnauthorizedOperation', 'not for arn:aws:iam::1:role/secret') : forward();
    });
    ec2 = adminClient(moto.url);
  }, STARTS_WITHIN_MS);
  afterAll(async () => {
    ec2.destroy();
    await proxy.close();
    await moto.close();
  });

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) });
    lines = [];
    called = [];
    refuses = false;
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    cloud = await deploy(moto.url);
  });
  afterEach(() => {
    cloud.destroy();
    vi.useRealTimers();
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  /** The function as Lambda loads it: a new module, with its environment. */
  async function load(settings: Partial<Settings> = {}): Promise<Ask> {
    const all = new Map(Object.entries(cloud.environment({ mode: 'approve', ...settings })));
    const environment = {
      // No more than infra/ gives it: no key of the links, no queue of sweeps.
      ...Object.fromEntries(Object.keys(ApiEnv.shape).map((name) => [name, all.get(name) ?? ''])),
      // Where table and queues are; the machines are elsewhere.
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: proxy.url,
    };
    for (const [variable, value] of Object.entries(environment)) vi.stubEnv(variable, value);
    vi.resetModules();
    const { handler } = (await import('../../../lambdas/api/handler.ts')) as unknown as { handler: Handler };
    return async (method, path, request) => {
      const { statusCode, body } = await handler(signedEvent(method, path, request));
      return { status: statusCode, json: /^[[{]/.test(body) ? (JSON.parse(body) as unknown) : body };
    };
  }

  const bodiesOn = async (url: string, waitSeconds = 5): Promise<unknown[]> =>
    (await cloud.eventFrom(url, waitSeconds)).Records.map(({ body }) => JSON.parse(body) as unknown);

  async function addPending() {
    const { stores } = cloud;
    const finding = await stores.findings.save(
      aFinding({ version: 0, untold: [], admittedBy: [{ ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' }] }),
    );
    const plan = await stores.plans.save(aPlan({ body: aPlanBody({ findingId: finding.id }) }));
    const approval = await stores.approvals.save(
      anApproval({ findingId: finding.id, planId: plan.id, planHash: plan.hash }),
    );
    return { finding, plan, approval };
  }

  /** Machine with an elastic IP whose group lets tcp 20-30 in from everywhere; 22 is open there. */
  const FROM_20_TO_30: IpPermission = { IpProtocol: 'tcp', FromPort: 20, ToPort: 30 };

  async function addMachine(lets = FROM_20_TO_30) {
    const vpc = await aVpc(ec2);
    const groupId = await vpc.group('web');
    const { SecurityGroupRules } = await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: groupId,
        IpPermissions: [{ ...lets, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      }),
    );
    const networkInterface = await vpc.networkInterface([groupId]);
    const { address } = await vpc.elasticIp(networkInterface);
    const { account, region } = PLACE;
    await cloud.stores.assets.putAll([anAsset({ address, account, region, networkInterface, source: 'inventory' })]);
    await cloud.stores.fingerprints.save(aFingerprint({ address, version: 0, open: '22' }));
    const ruleId = SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? '';
    return { address, account, region, groupId, ruleId };
  }

  const rulesOf = async (groupId: string) => {
    const filter = [{ Name: 'group-id', Values: [groupId] }];
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: filter }));
    return SecurityGroupRules.map(({ IsEgress, FromPort, ToPort, CidrIpv4 }) => [IsEgress, FromPort, ToPort, CidrIpv4]);
  };

  it('lists findings, filtered, without asking EC2 or STS', async () => {
    const { finding } = await addPending();
    await cloud.stores.findings.save(aFinding({ version: 0, port: 8080, severity: 'low', class: 'risk-port' }));
    const ask = await load({ aws: WATCHED });
    const all = await ask('GET', '/api/findings');
    expect((all.json as { port: number }[]).map(({ port }) => port)).toEqual([6379, 8080]);
    const some = await ask('GET', '/api/findings', { query: 'severity=high&status=open' });
    expect(some).toEqual({ status: 200, json: [finding] });
    expect((await ask('GET', `/api/findings/${finding.id}`)).json).toEqual(finding);
    const { status, json } = await ask('GET', '/');
    expect(status).toBe(200);
    expect(json).toContain('192.0.2.3:6379');
    expect(called).toEqual([]);
  });

  it('refuses whoever did not sign, and says what is not there and what cannot be used', async () => {
    const { approval } = await addPending();
    const ask = await load();
    const path = `/api/approvals/${approval.id}/approve`;
    expect(await ask('POST', path, { signer: null })).toMatchObject({
      status: 403,
      json: { error: { code: 'FORBIDDEN' } },
    });
    expect(await ask('GET', '/api/findings/f-none')).toEqual({
      status: 404,
      json: { error: { code: 'NOT_FOUND', message: 'There is no finding f-none.' } },
    });
    expect(await ask('GET', '/api/findings', { query: 'port=0' })).toMatchObject({
      status: 400,
      json: { error: { code: 'BAD_INPUT', message: expect.stringContaining('port') } },
    });
    expect(await ask('POST', '/api/approvals/a-none/approve')).toMatchObject({ status: 404 });
    expect(await cloud.stores.approvals.get(approval.id)).toEqual(approval);
    expect(await bodiesOn(cloud.queues.queueUrls.remediation, 0)).toEqual([]);
  });

  it('approves for whoever signed, not for whoever opened the port or is not on the list', async () => {
    const { approval, plan } = await addPending();
    const ask = await load({
      approvers: [
        { name: 'Alice', match: null, subject: null, arns: [ALICE] },
        { name: 'Bob', match: null, subject: null, arns: [BOB] },
      ],
    });
    await cloud.stores.attributions.put([anAttribution({ actor: ALICE })]);
    const approve = (signer: string) =>
      ask('POST', `/api/approvals/${approval.id}/approve`, { body: { by: 'Bob', reason: 'reviewed' }, signer });
    const opener = await approve(ALICE);
    expect(opener).toMatchObject({
      status: 409,
      json: { error: { code: 'REFUSED', message: expect.stringMatching(/^Alice opened this port/) } },
    });
    const stranger = 'arn:aws:sts::123456789012:assumed-role/ops/Bob';
    expect(await approve(stranger)).toMatchObject({
      status: 409,
      json: { error: { code: 'REFUSED', message: `${stranger} is not on the list of approvers.` } },
    });
    expect(await bodiesOn(cloud.queues.queueUrls.remediation, 0)).toEqual([]);
    expect(await approve(BOB)).toMatchObject({
      status: 200,
      json: { kind: 'decided', approval: { state: 'approved', decidedBy: BOB, decidedAs: { name: 'Bob' } } },
    });
    expect(await bodiesOn(cloud.queues.queueUrls.remediation)).toEqual([
      { action: 'apply', planId: plan.id, approvalId: approval.id, actor: BOB },
    ]);
    const audit = (await ask('GET', '/api/audit', { query: `object=${approval.id}` })).json;
    expect(
      (audit as { actor: string; action: string }[]).map(({ actor, action }) => `${action} ${actor}`).sort(),
    ).toEqual([`approval-approved ${BOB}`, `decision-refused ${ALICE}`, `decision-refused ${stranger}`].sort());
  });

  it('explains by the rules of the account, and plans: nothing is called that changes anything', async () => {
    const { address, account, region, groupId, ruleId } = await addMachine();
    const before = await rulesOf(groupId);
    const finding = await cloud.stores.findings.save(
      aFinding({ version: 0, address, account, region, port: 22, service: 'ssh', untold: [] }),
    );
    const ask = await load({ aws: WATCHED });
    const explained = await ask('GET', '/api/explain', { query: `address=${address}&port=22` });
    expect(explained).toMatchObject({ status: 200, json: { address, ports: [{ port: 22, open: true }] } });
    expect(JSON.stringify(explained.json)).toContain(groupId);
    const planned = await ask('POST', `/api/findings/${finding.id}/plan`, { signer: BOB });
    expect(planned).toMatchObject({
      status: 200,
      json: { plan: { state: 'proposed', body: { place: { account, region } } }, approval: { state: 'pending' } },
    });
    expect(JSON.stringify(planned.json)).toContain(ruleId);
    expect(await cloud.stores.audit.list({ limit: 5 })).toMatchObject([{ actor: BOB, action: 'change-proposed' }]);
    expect(called.length).toBeGreaterThan(3);
    expect(called.filter((action) => !/^(Describe|GetCallerIdentity$|GetManagedPrefixList)/.test(action))).toEqual([]);
    expect(await rulesOf(groupId)).toEqual(before);
  });

  it('explains UDP ports, and splits a rule for every protocol only when that is said', async () => {
    const { address, account, region, groupId } = await addMachine({ IpProtocol: '-1' });
    const [port, protocol] = [161, 'udp'] as const;
    const finding = await cloud.stores.findings.save(
      aFinding({ version: 0, address, account, region, port, protocol, service: 'snmp', untold: [] }),
    );
    const ask = await load({ aws: WATCHED });
    const explained = await ask('GET', '/api/explain', { query: `address=${address}&port=161&protocol=udp` });
    expect(explained).toMatchObject({ status: 200, json: { ports: [{ port, protocol }] } });
    expect(JSON.stringify(explained.json)).toContain(groupId);
    const path = `/api/findings/${finding.id}/plan`;
    expect(await ask('POST', path, { signer: BOB })).toMatchObject({
      status: 409,
      json: { error: { message: expect.stringContaining('--all-protocols (in the API: allProtocols)') } },
    });
    expect(await ask('POST', path, { signer: BOB, body: { allProtocols: true } })).toMatchObject({ status: 200 });
    const [row] = await cloud.stores.audit.list({ limit: 1 });
    expect(row?.detail).toContain('rules for every protocol may be split');
  });

  it('tells nothing of why EC2 was not read, logs it, and asks again', async () => {
    const { address } = await addMachine();
    const ask = await load({ aws: WATCHED });
    refuses = true;
    const query = `address=${address}&port=22`;
    expect(await ask('GET', '/api/explain', { query })).toEqual({
      status: 500,
      json: { error: { code: 'INTERNAL', message: 'Something went wrong here. The log of Portcullis says what.' } },
    });
    expect(lines.join('')).toMatch(/"path":"\/api\/explain".*not for arn:aws:iam/);
    expect(lines.join('')).not.toContain('port=22');
    refuses = false;
    expect(await ask('GET', '/api/explain', { query })).toMatchObject({ status: 200 });
  });

  it('resumes a stopped account, once', async () => {
    await cloud.stores.lines.save(aChangeLine());
    const ask = await load();
    const body = { account: '111122223333', reason: 'looked at it' };
    expect(await ask('GET', '/api/status')).toMatchObject({
      json: { pid: null, stoppedLines: [{ account: '111122223333' }] },
    });
    expect(await ask('POST', '/api/changes/resume', { body, signer: BOB })).toEqual({
      status: 200,
      json: { account: '111122223333' },
    });
    expect(await ask('POST', '/api/changes/resume', { body })).toMatchObject({ status: 409 });
    expect(await ask('GET', '/api/status')).toMatchObject({ json: { stoppedLines: [] } });
    expect(await cloud.stores.audit.list({ limit: 5 })).toMatchObject([{ actor: BOB, action: 'line-resumed' }]);
  });

  it('queues a scan ahead of the sweeps, ends it in the name of who asks, takes in a list of ports, and scans nothing while the kill switch is on', async () => {
    const ask = await load();
    const scan = await ask('POST', '/api/scans', { body: { targets: ['192.0.2.3'], ports: '22,80' } });
    expect(scan).toMatchObject({ status: 202, json: { taskId: 'scan', shards: 1 } });
    const [shard] = await bodiesOn(cloud.queues.queueUrls['shards-priority']);
    expect(Shard.parse(shard)).toMatchObject({ addresses: ['192.0.2.3'], ports: '22,80' });
    const { id } = scan.json as { id: string };
    expect(await ask('GET', `/api/scans/${id}`)).toMatchObject({ status: 200, json: { done: false } });
    expect(await ask('POST', `/api/scans/${id}/stop`)).toMatchObject({
      status: 200,
      json: { id, stopped: `stopped by ${ALICE}`, complete: 0 },
    });
    const imported = await ask('POST', '/api/import', { body: { format: 'ports', text: '192.0.2.3:22' } });
    expect(imported).toEqual({ status: 200, json: { addresses: 1, ports: 1 } });
    const [result] = await bodiesOn(cloud.queues.queueUrls.results);
    expect(ShardResult.parse(result)).toMatchObject({ engine: 'import', status: 'partial' });
    const control = { ...KILL_SWITCH_KEY, on: true, reason: 'change freeze' };
    await cloud.clients.documents.send(new PutCommand({ TableName: cloud.tableName, Item: control }));
    expect(await ask('POST', '/api/scans', { body: { targets: ['192.0.2.3'] } })).toMatchObject({
      status: 409,
      json: { error: { message: expect.stringContaining('change freeze') } },
    });
    expect(await bodiesOn(cloud.queues.queueUrls['shards-priority'], 0)).toEqual([]);
  });

  it('applies an exception when somebody approved it', async () => {
    const { finding } = await addPending();
    const ask = await load();
    const asked = await ask('POST', '/api/whitelist', {
      body: { target: '192.0.2.3', ports: '6379', reason: 'until moved', expiresAt: '2026-04-01T00:00:00.000Z' },
    });
    const { id } = asked.json as { id: string };
    expect(await ask('POST', `/api/whitelist/${id}/approve`, { signer: BOB })).toMatchObject({
      status: 200,
      json: { state: 'approved', requestedBy: ALICE, decidedBy: BOB },
    });
    expect(await cloud.stores.findings.get(finding.id)).toMatchObject({ status: 'whitelisted', whitelistedBy: id });
  });
});
