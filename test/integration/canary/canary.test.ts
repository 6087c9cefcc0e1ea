import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  type EC2Client,
  RunInstancesCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Clients, makeClients } from '../../../adapters/aws/clients.ts';
import { makeStores } from '../../../adapters/aws/stores.ts';
import type { Run } from '../../../bench/canary/once.ts';
import { parseFirewallEvent } from '../../../core/events/parse-event.ts';
import type { CloudReader } from '../../../core/ports/cloud.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import { toInstant } from '../../../core/time.ts';
import { createTable } from '../../../local/cloud/create-table.ts';
import { aCallEvent, anAuthorizedRule } from '../../builders/cloud-event.ts';
import { adaptersAt, adminClient, aVpc, PLACE, type SmallVpc } from '../../support/aws/small-cloud.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { type Emulator, STARTS_WITHIN_MS } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';
import { CloudWorld } from '../../support/stages/cloud-world.ts';

const PROGRAM = fileURLToPath(new URL('../../../bench/canary/run.ts', import.meta.url));
const TABLE = 'portcullis-canary';
/** A root name server's address: public, and no elastic IP of moto is. */
const SOURCE = '198.41.0.4/32';
const LOOK_EVERY_MS = 200;

interface Printed {
  run: Run;
  distribution: { runs: number; noticed: number; late: number; missed: number; legs: Record<string, unknown> };
}

describeWith(['moto'], 'the canary on moto', () => {
  let moto: Emulator;
  let ec2: EC2Client;
  let clients: Clients;
  let stores: Stores;
  let vpc: SmallVpc;
  let adapters: ReturnType<typeof adaptersAt>;
  let portcullis: { stop(): Promise<void> };
  let groupId: string;
  let address: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    ec2 = adminClient(moto.url);
    adapters = adaptersAt(moto.url);
    const { endpoint, credentials } = emulatorClientConfig(moto.url);
    const { region } = PLACE;
    clients = makeClients({ region, credentials, endpoints: { dynamodb: endpoint, queues: endpoint } });
    await createTable(clients.documents, TABLE);
    stores = makeStores(clients.documents, TABLE);
    vpc = await aVpc(ec2);
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const gateway = { InternetGatewayId: InternetGateway!.InternetGatewayId! };
    await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpc.vpcId, ...gateway }));
    const filter = [{ Name: 'vpc-id', Values: [vpc.vpcId] }];
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters: filter }));
    const RouteTableId = RouteTables![0]!.RouteTableId!;
    const DestinationCidrBlock = '0.0.0.0/0';
    await ec2.send(
      new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, GatewayId: gateway.InternetGatewayId }),
    );
    ({ groupId, address } = await aMachine('canary'));
    await vpc.tag(groupId, { 'exposure:canary': 'true' });
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: groupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      }),
    );
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    ec2.destroy();
    adapters.destroy();
    clients.destroy();
    await moto.close();
  });

  beforeEach(() => {
    portcullis = watching({ hearsEvents: false });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await portcullis.stop();
  });

  async function aMachine(name: string): Promise<{ groupId: string; address: string }> {
    const made = await vpc.group(name);
    const run = { ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, SubnetId: vpc.subnetId };
    const { Instances } = await ec2.send(new RunInstancesCommand({ ...run, SecurityGroupIds: [made] }));
    const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await ec2.send(
      new AssociateAddressCommand({ AllocationId: AllocationId!, InstanceId: Instances![0]!.InstanceId! }),
    );
    return { groupId: made, address: PublicIp! };
  }

  async function ingress(group = groupId): Promise<SecurityGroupRule[]> {
    const filter = [{ Name: 'group-id', Values: [group] }];
    const { SecurityGroupRules } = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: filter }));
    return SecurityGroupRules!.filter(({ IsEgress }) => IsEgress !== true);
  }

  /** The stages of Portcullis on moto's EC2 and DynamoDB: the inventory over and over, or an event for each new rule. */
  function watching({ hearsEvents }: { hearsEvents: boolean }): { stop(): Promise<void> } {
    const world = new CloudWorld();
    const now = () => toInstant(Date.now());
    // The reader of these adapters has a clock that stands still.
    const reader: CloudReader = {
      places: adapters.reader.places,
      readAll: async (place) => ({ ...(await adapters.reader.readAll(place)), readAt: now() }),
      readAround: async (place, at) => ({ ...(await adapters.reader.readAround(place, at)), readAt: now() }),
    };
    const { admitted, assets, seenEvents } = stores;
    const ports = { reader, admitted, assets, seenEvents, clock: { now } };
    async function hear(rule: SecurityGroupRule): Promise<void> {
      const id = rule.SecurityGroupRuleId!;
      const items = [anAuthorizedRule({ groupId, securityGroupRuleId: id, cidrIpv4: rule.CidrIpv4 })];
      const event = aCallEvent({
        eventID: `e-${id}`,
        eventTime: now(),
        awsRegion: PLACE.region,
        requestParameters: { groupId },
        responseElements: { securityGroupRuleSet: { items } },
      });
      await world.events([parseFirewallEvent(JSON.parse(JSON.stringify(event)))], ports);
    }
    const stopping = new AbortController();
    let known = new Set<string>();
    async function watch(): Promise<void> {
      await world.inventory(ports);
      while (!stopping.signal.aborted) {
        const rules = await ingress();
        const there = new Set(rules.map(({ SecurityGroupRuleId }) => SecurityGroupRuleId!));
        if (hearsEvents) for (const rule of rules) if (!known.has(rule.SecurityGroupRuleId!)) await hear(rule);
        // With events, the inventory only finds what is gone.
        if (!hearsEvents || [...known].some((id) => !there.has(id))) await world.inventory(ports);
        known = there;
        await wait(LOOK_EVERY_MS);
      }
    }
    const done = watch();
    return {
      async stop() {
        stopping.abort();
        await done;
      },
    };
  }

  function canary(...args: string[]) {
    const env = {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: PLACE.region,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const child = spawn(process.execPath, [PROGRAM, '--table', TABLE, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
    return { child, ended, err: () => err };
  }
  const onItsGroup = (...args: string[]) => canary('--group', groupId, '--source', SOURCE, '--timeout', '30s', ...args);

  async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 300; i += 1) {
      if (await is()) return;
      await wait(100);
    }
    throw new Error(`not in 30 s: ${what}`);
  }

  it('measures what the inventory finds, and leaves the group as it was', async () => {
    const before = await ingress();
    const { code, out, err } = await onItsGroup('--once').ended;
    expect(err).toMatch(/^sgr-\w+ lets 198\.41\.0\.4\/32 in to [\d.]+:1021\nremoved sgr-\w+\n$/);
    expect(code).toBe(0);
    const { run, distribution } = JSON.parse(out) as Printed;
    expect(run).toMatchObject({ groupId, address, port: 1021, source: SOURCE, outcome: 'late', missing: null });
    expect(Object.keys(run.legs)).toEqual(['verdict', 'gone']);
    expect(run.legs.verdict).toBeGreaterThanOrEqual(0);
    expect(distribution).toMatchObject({ runs: 1, noticed: 0, late: 1, missed: 0, legs: { verdict: { count: 1 } } });
    expect(await ingress()).toEqual(before);
  });

  it('measures the event too, and publishes every leg', async () => {
    await portcullis.stop();
    portcullis = watching({ hearsEvents: true });
    const { code, out, err } = await onItsGroup('--once', '--publish').ended;
    expect(err).not.toContain('failed');
    expect(code).toBe(0);
    const { run } = JSON.parse(out) as Printed;
    expect(run.outcome).toBe('noticed');
    expect(Object.keys(run.legs)).toEqual(['received', 'verdict', 'gone']);
    expect(run.legs.verdict).toBeGreaterThanOrEqual(run.legs.received!);
    const query = new URLSearchParams({ Action: 'ListMetrics', Version: '2010-08-01', Namespace: 'Portcullis/Canary' });
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260301/${PLACE.region}/monitoring/aws4_request, SignedHeaders=host, Signature=x`;
    const listed = await (await fetch(moto.url, { method: 'POST', headers: { authorization }, body: query })).text();
    expect([...listed.matchAll(/<MetricName>(\w+)</g)].map(([, name]) => name)).toEqual([
      'latency',
      'latency',
      'latency',
      'missed',
    ]);
    for (const leg of ['received', 'verdict', 'gone', groupId]) expect(listed).toContain(`<Value>${leg}</Value>`);
  });

  it('removes its rule when it is interrupted', async () => {
    await until('known as closed', async () => (await stores.admitted.get(address)) !== undefined);
    // Nobody looks any more, so it waits.
    await portcullis.stop();
    const { child, ended, err } = onItsGroup('--once');
    await until('opened', () => err().includes('lets'));
    expect(await ingress()).toHaveLength(2);
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect({ code, out }).toEqual({ code: 130, out: '' });
    expect(err()).toMatch(/stopping: the rule is removed first\n(.*\n)*removed sgr-/);
    expect(await ingress()).toHaveLength(1);
  });

  it('removes first what a killed canary left, and nothing else', async () => {
    const { child, ended, err } = onItsGroup('--once');
    await until('opened', () => err().includes('lets'));
    child.kill('SIGKILL');
    await ended;
    const [left] = (await ingress()).filter(({ FromPort }) => FromPort === 1021);
    expect(left?.Tags).toEqual([{ Key: 'exposure:canary', Value: 'true' }]);
    const { code, err: said } = await onItsGroup('--once').ended;
    expect(said).toContain(`removed ${left!.SecurityGroupRuleId}, left by an earlier run\n`);
    expect(code).toBe(0);
    expect((await ingress()).map(({ FromPort }) => FromPort)).toEqual([443]);
  });

  it('counts as missed what nobody notices in time, and still removes the rule', async () => {
    await until('known as closed', async () =>
      ((await stores.admitted.get(address))?.pairs ?? []).every(({ ports }) => ports === '443'),
    );
    await portcullis.stop();
    const { code, out, err } = await onItsGroup('--once', '--timeout', '3s').ended;
    expect(err).toMatch(/nobody noticed that [\d.]+:1021 is let in after 3 s\nremoved sgr-/);
    expect(code).toBe(1);
    expect((JSON.parse(out) as Printed).run).toMatchObject({ outcome: 'missed', missing: 'verdict', legs: {} });
    expect((await ingress()).map(({ FromPort }) => FromPort)).toEqual([443]);
  });

  it('opens nothing on a port that is open already', async () => {
    const { code, out, err } = await onItsGroup('--once', '--port', '443', '--timeout', '3s').ended;
    expect(err).toMatch(/has not said that nothing lets in [\d.]+:443\. .*Does another rule let the port in\?/);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it('opens nothing on a group that is not tagged for it, or is shared', async () => {
    const web = await aMachine('web');
    const untagged = await canary('--group', web.groupId, '--once').ended;
    expect(untagged).toMatchObject({ code: 1, out: '' });
    expect(untagged.err).toContain(`${web.groupId} has no tag exposure:canary=true: nothing is opened`);
    await vpc.tag(web.groupId, { 'exposure:canary': 'true' });
    await vpc.networkInterface([web.groupId]);
    const shared = await canary('--group', web.groupId, '--once').ended;
    expect(shared).toMatchObject({ code: 1, out: '' });
    expect(shared.err).toContain('is on 2 network interfaces, 1 of them with a public IPv4 address');
    expect(await ingress(web.groupId)).toEqual([]);
  });

  it('ends with 2 when it is called wrongly, and prints its options', async () => {
    expect(await canary('--group', 'web').ended).toMatchObject({ code: 2, out: '' });
    const help = await canary('--help').ended;
    expect(help.code).toBe(0);
    expect(help.out).toContain('npm run canary -- --group sg-...');
  });
});
