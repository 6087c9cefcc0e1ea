import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownAccount } from '../../../adapters/aws/roles.ts';
import type { AccountAccess } from '../../../core/cloud/access.ts';
import type { Place } from '../../../core/cloud/network.ts';
import { readPlaces } from '../../../core/cloud/read-places.ts';
import { AccessDenied, BadInput, messageOf } from '../../../core/errors.ts';
import { after, minutes, seconds } from '../../../core/time.ts';
import { adaptersAt, aVpc, NOW, ownAccess } from '../../support/aws/small-cloud.ts';
import { ec2Error, queryError, startWireProxy, type Intercept, type WireProxy } from '../../support/aws/wire-proxy.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';

const REGIONS = ['eu-west-1', 'us-east-2'];

function spoke(account: string): AccountAccess {
  return {
    account,
    regions: REGIONS,
    readRole: `arn:aws:iam::${account}:role/portcullis-read`,
    writeRole: `arn:aws:iam::${account}:role/portcullis-write`,
    externalId: `external-${account}`,
  };
}

const SPOKES = [spoke('111111111111'), spoke('222222222222')];
const PLACES: Place[] = SPOKES.flatMap(({ account }) => REGIONS.map((region) => ({ account, region })));
const nameOf = ({ account, region }: Place) => `${account}-${region}`;

describeWith(['moto'], 'several accounts and Regions', () => {
  let moto: Emulator;
  let proxy: WireProxy;
  let intercept: Intercept;
  const groups = new Map<string, string>();

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startWireProxy(moto.url, (call, forward) => intercept(call, forward));
    const admin = adaptersAt(moto.url, { access: SPOKES });
    for (const place of PLACES) {
      const vpc = await aVpc(admin.clientsFor(place, 'write').ec2);
      const group = await vpc.group(nameOf(place));
      groups.set(nameOf(place), group);
      await vpc.elasticIp(await vpc.networkInterface([group]));
    }
    admin.destroy();
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    await proxy.close();
    await moto.close();
  });

  beforeEach(() => {
    intercept = (_call, forward) => forward();
  });

  it('each place is read through its own role and shows its own network', async () => {
    const { reader, destroy } = adaptersAt(proxy.url, { access: SPOKES });
    expect(reader.places).toEqual(PLACES);
    const errors: unknown[] = [];
    const networks = await readPlaces(reader, (_place, error) => errors.push(error));
    expect(errors).toEqual([]);
    expect(networks.map(({ account, region }) => ({ account, region }))).toEqual(PLACES);
    for (const network of networks) {
      const own = network.groups.filter(({ name }) => name !== 'default');
      expect(own.map(({ id, name }) => [name, id])).toEqual([[nameOf(network), groups.get(nameOf(network))]]);
      expect(own[0]?.ownerId).toBe(network.account);
      expect(network.interfaces).toHaveLength(1);
    }
    destroy();
  });

  it('a role is assumed once for all Regions, with its external id and session name', async () => {
    const from = proxy.calls.length;
    const { reader, destroy } = adaptersAt(proxy.url, {
      access: SPOKES,
      sessionName: 'portcullis-inventory',
    });
    await readPlaces(reader, () => undefined);
    await readPlaces(reader, () => undefined);
    const assumed = proxy.calls.slice(from).filter(({ action }) => action === 'AssumeRole');
    expect(assumed.map(({ params }) => params.get('RoleArn') ?? '').sort()).toEqual([
      'arn:aws:iam::111111111111:role/portcullis-read',
      'arn:aws:iam::222222222222:role/portcullis-read',
    ]);
    const first = assumed.find(({ params }) => params.get('RoleArn')?.includes('1111'))!.params;
    expect(Object.fromEntries(first)).toMatchObject({
      ExternalId: 'external-111111111111',
      RoleSessionName: 'portcullis-inventory',
    });
    expect(first.has('Tags.member.1.Key')).toBe(false);
    destroy();
  });

  it('reads are signed by the read role and changes by the write role', async () => {
    const from = proxy.calls.length;
    const { changer, destroy } = adaptersAt(proxy.url, { access: SPOKES });
    const [place] = PLACES as [Place];
    const groupId = groups.get(nameOf(place))!;
    const rule = {
      protocol: 'tcp',
      fromPort: 8_443,
      toPort: 8_443,
      source: { kind: 'ipv4', cidr: '10.0.0.0/8' },
      description: null,
    } as const;
    await changer.apply(place, { op: 'authorize', groupId, rule, tags: {} });
    expect((await changer.readRules(place, [groupId])).get(groupId)).toHaveLength(1);
    const calls = proxy.calls.slice(from);
    const roles = calls.filter(({ action }) => action === 'AssumeRole').map(({ params }) => params.get('RoleArn'));
    expect(roles).toEqual(['write', 'read'].map((what) => `arn:aws:iam::111111111111:role/portcullis-${what}`));
    const signers = calls.map(({ action, signedBy }) => [action, signedBy] as const);
    const writer = signers.find(([action]) => action === 'AuthorizeSecurityGroupIngress')?.[1];
    const readers = signers.filter(([action]) => action.startsWith('Describe')).map(([, by]) => by);
    expect(new Set([...readers, writer]).size).toBe(2);
    destroy();
  });

  it('a change is made in a session of the write role that names its finding, and the next change in another', async () => {
    const from = proxy.calls.length;
    const { changer, destroy } = adaptersAt(proxy.url, { access: SPOKES, sessionName: 'portcullis-remediate' });
    const [place] = PLACES as [Place];
    const groupId = groups.get(nameOf(place))!;
    const change = async (finding: string, cidr: string) => {
      const source = { kind: 'ipv4', cidr } as const;
      const rule = { protocol: 'tcp', fromPort: 8_444, toPort: 8_444, source, description: null };
      await changer.actingFor(finding).rehearse(place, { op: 'authorize', groupId, rule, tags: {} });
      await changer.actingFor(finding).apply(place, { op: 'authorize', groupId, rule, tags: {} });
    };
    await change('f-1111111111111111', '10.1.0.0/16');
    await change('f-2222222222222222', '10.2.0.0/16');
    const calls = proxy.calls.slice(from);
    const sessions = calls
      .filter(({ action }) => action === 'AssumeRole')
      .map(({ params }) => Object.fromEntries(params));
    expect(
      sessions.map((one) => [
        one['RoleArn'],
        one['RoleSessionName'],
        one['Tags.member.1.Key'],
        one['Tags.member.1.Value'],
      ]),
    ).toEqual(
      ['f-1111111111111111', 'f-2222222222222222'].map((id) => [
        'arn:aws:iam::111111111111:role/portcullis-write',
        `portcullis-remediate-${id}`,
        'portcullis:finding',
        id,
      ]),
    );
    const signers = calls
      .filter(({ action }) => action === 'AuthorizeSecurityGroupIngress')
      .map(({ signedBy }) => signedBy);
    expect(new Set(signers).size).toBe(2);
    destroy();
  });

  it('an account whose role cannot be assumed is named with it, and the others are read', async () => {
    intercept = async ({ action, params }, forward) =>
      action === 'AssumeRole' && params.get('RoleArn')?.includes('2222')
        ? queryError(403, 'AccessDenied', 'User is not authorized to perform: sts:AssumeRole')
        : forward();
    const { reader, destroy } = adaptersAt(proxy.url, { access: SPOKES });
    const failed: [Place, unknown][] = [];
    const networks = await readPlaces(reader, (place, error) => failed.push([place, error]));
    expect(networks.map(({ account }) => account)).toEqual(['111111111111', '111111111111']);
    expect(failed.map(([{ account }]) => account)).toEqual(['222222222222', '222222222222']);
    for (const [, error] of failed) {
      expect(error).toBeInstanceOf(AccessDenied);
      expect((error as Error).message).toBe(
        'arn:aws:iam::222222222222:role/portcullis-read of account 222222222222 could not be assumed: sts:AssumeRole was refused ' +
          '(AccessDenied). Its trust policy must name the role Portcullis runs as and the configured externalId.',
      );
    }
    destroy();
  });

  it('a role that could not be assumed is tried again at the next read', async () => {
    let refuse = true;
    intercept = async ({ action }, forward) =>
      action === 'AssumeRole' && refuse ? queryError(403, 'AccessDenied') : forward();
    const { reader, destroy } = adaptersAt(proxy.url, { access: SPOKES });
    const [place] = PLACES as [Place];
    await expect(reader.readAll(place)).rejects.toThrow(AccessDenied);
    refuse = false;
    expect((await reader.readAll(place)).interfaces).toHaveLength(1);
    destroy();
  });

  it('a role that was deleted and made anew is assumed again, though its old credentials have not ended', async () => {
    const dead = new Set<string>();
    intercept = async ({ action, signedBy }, forward) =>
      dead.has(signedBy) && action.startsWith('Describe') ? ec2Error(401, 'AuthFailure') : forward();
    const { reader, destroy } = adaptersAt(proxy.url, { access: SPOKES });
    const [here, there] = PLACES as [Place, Place];
    await reader.readAll(here);
    await reader.readAll(there);
    const assumed = () => proxy.calls.filter(({ action }) => action === 'AssumeRole').length;
    dead.add(proxy.calls.findLast(({ action }) => action.startsWith('Describe'))!.signedBy);
    const before = assumed();
    await expect(reader.readAll(here)).rejects.toThrow('does not know the credentials of');
    expect((await reader.readAll(here)).interfaces).toHaveLength(1);
    expect((await reader.readAll(there)).interfaces).toHaveLength(1);
    expect(assumed() - before).toBe(1);
    destroy();
  });

  it('credentials are asked for again five minutes before they end, once for all who wait', async () => {
    let now = NOW;
    let ends = after(NOW, minutes(60));
    intercept = async ({ action }, forward) => {
      const answer = await forward();
      if (action !== 'AssumeRole') return answer;
      return { ...answer, body: answer.body.replace(/(<Expiration>)[^<]*/, `$1${ends}`) };
    };
    const asked = () => proxy.calls.filter(({ action }) => action === 'AssumeRole').length;
    const before = asked();
    const source = adaptersAt(proxy.url, { access: SPOKES, clock: { now: () => now } });
    const [first, second] = [0, 1].map((at) => source.clientsFor(PLACES[at]!, 'read'));
    const both = () =>
      Promise.all([first!.ec2, second!.elb].map(({ config }) => config.credentials({ forceRefresh: true })));
    await both();
    now = after(ends, -minutes(5) - seconds(1));
    await both();
    expect(asked() - before).toBe(1);
    now = after(ends, -minutes(5));
    ends = after(ends, minutes(60));
    await both();
    expect(asked() - before).toBe(2);
    source.destroy();
  });

  it('an account without a role must be the one whose credentials Portcullis has', async () => {
    const { reader, destroy } = adaptersAt(moto.url, {
      access: [ownAccess({ account: '333333333333', writeRole: null })],
    });
    const place = { account: '333333333333', region: 'eu-west-1' };
    await expect(reader.readAll(place)).rejects.toThrow(
      new BadInput(
        'Account 333333333333 has no readRole, and Portcullis itself runs in account 123456789012: give the role to assume in 333333333333.',
      ),
    );
    destroy();
  });

  it('credentials that STS does not know are said as such, with the Region that was asked', async () => {
    intercept = async () => queryError(403, 'InvalidClientTokenId', 'The security token is invalid.');
    const { credentials } = emulatorClientConfig(proxy.url);
    const error = await ownAccount({ region: 'eu-west-1', client: { endpoint: proxy.url, credentials } }).catch(
      (problem: unknown) => problem,
    );
    expect(messageOf(error)).toBe(
      'sts:GetCallerIdentity in eu-west-1 does not say whose the credentials are. (The security token is invalid.)',
    );
  });

  it('a place that is not watched is refused, naming those that are', async () => {
    const { reader, destroy } = adaptersAt(moto.url, { access: SPOKES.slice(0, 1) });
    await expect(reader.readAll({ account: '111111111111', region: 'eu-north-1' })).rejects.toThrow(
      'Account 111111111111 in eu-north-1 is not watched. Watched: 111111111111 in eu-west-1; 111111111111 in us-east-2.',
    );
    destroy();
  });

  it('the endpoint is what AWS_ENDPOINT_URL says', async () => {
    process.env['AWS_ENDPOINT_URL'] = proxy.url;
    const { reader, destroy } = adaptersAt('unused', {
      access: SPOKES,
      client: { credentials: emulatorClientConfig('').credentials },
    });
    try {
      expect((await reader.readAll(PLACES[0]!)).interfaces).toHaveLength(1);
    } finally {
      delete process.env['AWS_ENDPOINT_URL'];
      destroy();
    }
  });
});

describe('what cannot be an account, a Region or a role', () => {
  it.each([
    ['an account id of 11 digits', { account: '12345678901' }, '"12345678901" is not an AWS account id'],
    ['an account name', { account: 'production' }, '"production" is not an AWS account id'],
    [
      'a Region that is none',
      { regions: ['Frankfurt'] },
      '"Frankfurt" (account 123456789012) is not the name of an AWS Region',
    ],
    ['an availability zone', { regions: ['eu-west-1a'] }, '"eu-west-1a" (account 123456789012) is not'],
    ['a role that is none', { readRole: 'portcullis-read' }, '"portcullis-read" is not a role of account 123456789012'],
    [
      "another account's role",
      { writeRole: 'arn:aws:iam::999999999999:role/w' },
      'is not a role of account 123456789012: write arn:aws:iam::123456789012:role/NAME.',
    ],
  ])('%s is refused by name', (_what, over, message) => {
    const make = () => adaptersAt('http://127.0.0.1:9', { access: [ownAccess(over)] });
    expect(make).toThrow(BadInput);
    expect(make).toThrow(message);
  });

  it.each(['us-gov-west-1', 'cn-north-1', 'ap-southeast-4', 'eu-isoe-west-1'])('%s may be a Region', (region) => {
    expect(() => adaptersAt('http://127.0.0.1:9', { access: [ownAccess({ regions: [region] })] })).not.toThrow();
  });
});
