import { expect, it } from 'vitest';
import type { Asset } from '../../core/assets/asset.ts';
import type { Place } from '../../core/cloud/network.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import type { StatusJson } from '../../web/shapes.ts';
import type { AwsBox, BoxMachine } from '../support/aws/box.ts';
import { WRITES } from '../support/aws/fault-proxy.ts';
import { RoleDoor } from '../support/aws/role-door.ts';
import { startWireProxy } from '../support/aws/wire-proxy.ts';
import { describeWith } from '../support/need.ts';
import { awsBox, moto, upOnAws } from './support/aws.ts';
import { close, eventually, runVerb, type RunningPortcullis, tryConnect } from './support/portcullis.ts';
import { cleanups, findings, findingWhere, open, told } from './support/scene.ts';

const [HUB, MEMBER, LATE] = ['123456789012', '222222222222', '333333333333'] as const;
const REGIONS = ['us-east-1', 'eu-west-1'];
const PORT = 6379;
const NEIGHBOUR = 6380;
/** The same in every account and Region. */
const RULE = { from: 6370, to: 6390, cidr: '0.0.0.0/0' };
const RULES = ['6370-6390 0.0.0.0/0'];
/** Six boxes ask one moto, which answers one call at a time. */
const MIRROR_EVERY_MS = 500;
const UNREAD = 'an account is not read; its last known addresses stay';

interface Site extends Place {
  readonly box: AwsBox;
  readonly machine: BoxMachine;
}

const spoke = (account: string) => `
    - account: "${account}"
      readRole: arn:aws:iam::${account}:role/portcullis-read
      writeRole: arn:aws:iam::${account}:role/portcullis-write
      externalId: external-${account}`;

const YAML = `
aws:
  regions: [${REGIONS.join(', ')}]
  accounts:${spoke(MEMBER)}${spoke(LATE)}
mode: approve
cadence: 1s
`;

async function siteAt(url: string, place: Place): Promise<Site> {
  const box = await awsBox(url, place, MIRROR_EVERY_MS);
  return { ...place, box, machine: await box.addMachine('cache', [RULE]) };
}

/** Lines of the log with this message about this account. */
const logged = ({ err }: RunningPortcullis, message: string, account: string) =>
  err
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter((line) => line['message'] === message && line['account'] === account);

const soon = <T>(portcullis: RunningPortcullis, read: () => Promise<T | undefined>) =>
  eventually(read, 20_000, () => portcullis.err);

describeWith(
  ['root', 'nft', 'private network', 'moto'],
  'two accounts and two Regions, and one account without its role',
  () => {
    it('finds and closes in each what is in it, and goes on without the one it cannot read until it can', async () => {
      const url = await moto();
      const places = [HUB, MEMBER, LATE].flatMap((account) => REGIONS.map((region) => ({ account, region })));
      const sites = await Promise.all(places.map((place) => siteAt(url, place)));
      const of = (account: string) => sites.filter((site) => site.account === account);
      const readable = [...of(HUB), ...of(MEMBER)];
      for (const { machine } of [...readable, ...of(LATE)].slice(0, -1)) await open(PORT, machine.address);
      const lateSite = of(LATE)[1]!;
      const lateListener = await open(PORT, lateSite.machine.address);
      const target = of(MEMBER)[1]!;
      await open(NEIGHBOUR, target.machine.address);

      const door = new RoleDoor();
      door.deleteRoles(LATE);
      const proxy = await startWireProxy(url, door.intercept);
      cleanups.push(() => proxy.close());
      const { portcullis, data } = await upOnAws(proxy.url, YAML, ['--ports', `${PORT},${NEIGHBOUR}`]);
      const unread = async () => (await portcullis.get<StatusJson>('/api/status')).unread ?? [];
      /** Resolves after so many more rounds in which the read role of this account was asked for. */
      const rounds = async (account: string, more: number) => {
        const asked = () =>
          proxy.calls.filter(
            ({ action, params }) => action === 'AssumeRole' && params.get('RoleArn')?.includes(account),
          );
        const before = asked().length;
        await soon(portcullis, async () => (asked().length >= before + more ? true : undefined));
      };

      // 1. Every account and Region that can be read.
      for (const { account, region, box, machine } of readable) {
        const found = await told(portcullis, PORT, machine.address);
        const ruleId = await box.ruleId(machine.groupId, RULES[0]!);
        expect(found).toMatchObject({ account, region, verdict: 'confirmed', status: 'open' });
        expect(found.admittedBy).toEqual([{ ruleId, source: '0.0.0.0/0', breadth: 'internet' }]);
        const alert = await soon(portcullis, async () =>
          (await portcullis.alerts()).find(({ items }) => items[0]?.findingId === found.id),
        );
        expect(alert.items[0]).toMatchObject({ account, region, admittedBy: `${ruleId} from 0.0.0.0/0` });
        await portcullis.waitForOutput(new RegExp(`^    in ${account}/${region}\\n.*\\n    let in by ${ruleId}`, 'm'));
        if (region !== target.region) continue;
        const explained = await runVerb(['explain', `${machine.address}:${PORT}`, '--data', data], { cwd: data });
        expect(explained.out).toContain(`${machine.address} in ${account}/${region}: nobody is known to own it`);
        expect(explained.out).toContain(`${ruleId} lets it in from 0.0.0.0/0 (breadth: internet).`);
      }

      // 2. The account that cannot be read.
      const reason = new RegExp(
        `^arn:aws:iam::${LATE}:role/portcullis-read of account ${LATE} could not be assumed: sts:AssumeRole was refused`,
      );
      await rounds(LATE, 3);
      const lines = logged(portcullis, UNREAD, LATE);
      expect(new Set(lines.map(({ region }) => region))).toEqual(new Set(REGIONS));
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line['reason']).toMatch(reason);
      expect(portcullis.err).not.toContain('"task":"inventory"');
      expect(await unread()).toEqual(
        REGIONS.map((region) => ({
          account: LATE,
          region,
          since: expect.any(String),
          reason: expect.stringMatching(reason),
        })),
      );
      const page = await (await fetch(portcullis.url)).text();
      expect(page).toContain(`Account ${LATE} is not read`);
      await portcullis.waitForOutput(
        new RegExp(`^Not read: account ${LATE} in us-east-1: arn:aws:iam::${LATE}:role`, 'm'),
      );
      const known = await findings(portcullis);
      expect(new Set(known.map(({ account }) => account))).toEqual(new Set([HUB, MEMBER]));

      // 3. One change, in one account and Region.
      const before = await told(portcullis, PORT, target.machine.address);
      await soon(
        portcullis,
        async () => (await told(portcullis, PORT, target.machine.address)).approvalId ?? undefined,
      );
      const from = proxy.calls.length;
      const { approvalId } = await told(portcullis, PORT, target.machine.address);
      await portcullis.post(`/api/approvals/${approvalId}/approve`);
      const closed = await findingWhere(portcullis, ({ id, verifiedAt }) => id === before.id && verifiedAt !== null);
      expect(closed.status).toBe('closed');
      const writes = () =>
        proxy.calls
          .slice(from)
          .filter(({ action, params }) => WRITES.some((write) => write === action) && params.get('DryRun') !== 'true');
      expect(writes().length).toBeGreaterThan(0);
      expect(await target.box.rules(target.machine.groupId)).toEqual(['6370-6378 0.0.0.0/0', '6380-6390 0.0.0.0/0']);
      expect(await tryConnect(target.machine.address, PORT)).toBe('silent');
      expect(await tryConnect(target.machine.address, NEIGHBOUR)).toBe('open');
      for (const { account, region, box, machine } of sites.filter((site) => site !== target)) {
        expect([account, region, await box.rules(machine.groupId)]).toEqual([account, region, RULES]);
        expect(await tryConnect(machine.address, PORT)).toBe('open');
      }

      const [plan] = (await portcullis.get<Plan[]>('/api/plans')).filter(({ body }) => body.findingId === before.id);
      expect(plan?.body.place).toEqual({ account: MEMBER, region: target.region });
      await portcullis.post(`/api/plans/${plan?.id}/rollback`);
      await soon(portcullis, async () =>
        (await tryConnect(target.machine.address, PORT)) === 'open' ? true : undefined,
      );
      expect(await target.box.rules(target.machine.groupId)).toEqual(RULES);
      for (const write of writes()) {
        expect(door.sessionOf(write)).toEqual({
          role: `arn:aws:iam::${MEMBER}:role/portcullis-write`,
          sessionName: `portcullis-${before.id}`,
          externalId: `external-${MEMBER}`,
        });
        expect([write.region, write.params.get('GroupId')]).toEqual([target.region, target.machine.groupId]);
      }

      // 4. The role is made.
      door.makeRoles(LATE);
      for (const { account, region, machine } of of(LATE)) {
        expect(await told(portcullis, PORT, machine.address)).toMatchObject({ account, region, verdict: 'confirmed' });
      }
      expect(await unread()).toEqual([]);
      expect(logged(portcullis, 'an account is read again', LATE)).toHaveLength(2);

      // 5. It is deleted, and a port there falls silent: what was known stays, and nothing of it is called closed.
      door.deleteRoles(LATE);
      await soon(portcullis, async () => ((await unread()).length === 2 ? true : undefined));
      await close(lateListener);
      await soon(portcullis, async () => (portcullis.err.includes('a result will be tried again') ? true : undefined));
      await rounds(LATE, 3);
      expect(logged(portcullis, UNREAD, LATE)).toHaveLength(4);
      const lateFindings = (all: Finding[]) => all.filter(({ account }) => account === LATE);
      expect(lateFindings(await findings(portcullis)).map(({ status }) => status)).toEqual(['open', 'open']);
      const assets = (await portcullis.get<Asset[]>('/api/assets')).filter(({ account }) => account === LATE);
      expect(new Set(assets.map(({ address }) => address))).toEqual(
        new Set(of(LATE).map(({ machine }) => machine.address)),
      );
      const blind = await runVerb(['explain', `${lateSite.machine.address}:${PORT}`, '--data', data], { cwd: data });
      expect(blind.code).toBe(1);
      expect(blind.err).toMatch(new RegExp(`arn:aws:iam::${LATE}:role/portcullis-read`));

      // 6. It is made again: its old credentials are still unknown everywhere.
      door.makeRoles(LATE);
      await soon(portcullis, async () => ((await unread()).length === 0 ? true : undefined));
      // What was seen meanwhile was kept: the port is silent, and the rule still lets it in.
      const latent = ({ address, verdict }: Finding) => address === lateSite.machine.address && verdict === 'latent';
      expect(await findingWhere(portcullis, latent)).toMatchObject({ status: 'open', closedAt: null });
      expect(await portcullis.stop()).toBe(0);
    }, 120_000);
  },
);
