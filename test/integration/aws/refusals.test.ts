import { type EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CloudNetwork } from '../../../core/cloud/network.ts';
import { AccessDenied } from '../../../core/errors.ts';
import { rejectsWithinSeconds } from '../../support/aws/fake-seconds.ts';
import { adaptersAt, adminClient, aShape, aVpc, PLACE, type SmallVpc } from '../../support/aws/small-cloud.ts';
import {
  ec2Error,
  startWireProxy,
  type Intercept,
  type WireAnswer,
  type WireCall,
  type WireProxy,
} from '../../support/aws/wire-proxy.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';

const REFUSED_TO = "was refused to Portcullis's own role (UnauthorizedOperation).";

describeWith(['moto'], 'a read that is refused, throttled or broken off', () => {
  let moto: Emulator;
  let proxy: WireProxy;
  let intercept: Intercept;
  let ec2: EC2Client;
  let vpc: SmallVpc;
  let adapters: ReturnType<typeof adaptersAt>;
  let address: string;
  let network: CloudNetwork;

  beforeAll(async () => {
    moto = await startMoto();
    intercept = (_call, forward) => forward();
    proxy = await startWireProxy(moto.url, (call, forward) => intercept(call, forward));
    ec2 = adminClient(moto.url);
    const admin = adaptersAt(proxy.url);
    vpc = await aVpc(ec2);
    const groupId = await vpc.group('web');
    await admin.changer.apply(PLACE, { op: 'authorize', groupId, rule: aShape(), tags: {} });
    ({ address } = await vpc.elasticIp(await vpc.networkInterface([groupId])));
    network = await admin.reader.readAll(PLACE);
    admin.destroy();
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    ec2.destroy();
    await proxy.close();
    await moto.close();
  });

  beforeEach(() => {
    intercept = (_call, forward) => forward();
    // New ones for each test: the SDK tries less often after many failures (its retry quota).
    adapters = adaptersAt(proxy.url);
  });

  afterEach(() => adapters.destroy());

  const refuse = (...actions: string[]) => {
    intercept = async ({ action }, forward) =>
      actions.includes(action) ? ec2Error(403, 'UnauthorizedOperation') : forward();
  };

  it.each([
    ['DescribeNetworkInterfaces', 'network interfaces'],
    ['DescribeSecurityGroups', 'security groups'],
    ['DescribeSecurityGroupRules', 'security group rules'],
  ])('without ec2:%s nothing is told: the error names action, resource, account and role', async (action, resource) => {
    refuse(action);
    const message = `ec2:${action} on ${resource} of account 123456789012 in eu-west-1 ${REFUSED_TO}`;
    await expect(adapters.reader.readAll(PLACE)).rejects.toThrow(new AccessDenied(message));
    await expect(adapters.reader.readAround(PLACE, address)).rejects.toThrow(new AccessDenied(message));
  });

  it.each([
    ['DescribeNetworkAcls', 'network access lists', 'acls'],
    ['DescribeRouteTables', 'route tables', 'routeTables'],
    ['DescribeSubnets', 'subnets', 'subnets'],
    ['DescribeVpcs', 'VPCs', 'vpcs'],
    ['DescribeInstances', 'instances', 'instances'],
    ['DescribeAddresses', 'elastic IP addresses', 'elasticAddresses'],
  ])('without ec2:%s the rest is told, and what is missing is one sentence', async (action, resource, part) => {
    refuse(action);
    expect(await adapters.reader.readAll(PLACE)).toEqual({
      ...network,
      [part]: [],
      unread: [`ec2:${action} on ${resource} of account 123456789012 in eu-west-1 ${REFUSED_TO}`],
    });
  });

  it('where the public access block may not be read it is not known, and the two calls are named', async () => {
    refuse('DescribeVpcBlockPublicAccessOptions', 'DescribeVpcBlockPublicAccessExclusions');
    const read = await adapters.reader.readAround(PLACE, address);
    expect(read.publicAccessBlock).toBeNull();
    expect(read.unread).toEqual(
      ['Exclusions', 'Options'].map(
        (what) =>
          `ec2:DescribeVpcBlockPublicAccess${what} on the public access block of account 123456789012 in eu-west-1 ${REFUSED_TO}`,
      ),
    );
  });

  it('a public access block is read with its exclusions, those without effect left out', async () => {
    const exclusion = (id: string, mode: string, state: string) =>
      `<item><resourceArn>arn:aws:ec2:eu-west-1:123456789012:${id}</resourceArn>` +
      `<internetGatewayExclusionMode>${mode}</internetGatewayExclusionMode><state>${state}</state></item>`;
    const answers: Record<string, string> = {
      DescribeVpcBlockPublicAccessOptions:
        '<vpcBlockPublicAccessOptions><internetGatewayBlockMode>block-ingress</internetGatewayBlockMode></vpcBlockPublicAccessOptions>',
      DescribeVpcBlockPublicAccessExclusions: `<vpcBlockPublicAccessExclusionSet>${[
        exclusion('vpc/vpc-1', 'allow-egress', 'create-complete'),
        exclusion('subnet/subnet-2', 'allow-bidirectional', 'delete-in-progress'),
        exclusion('subnet/subnet-3', 'allow-bidirectional', 'delete-complete'),
      ].join('')}</vpcBlockPublicAccessExclusionSet>`,
    };
    intercept = async ({ action }, forward) => {
      const content = answers[action];
      return content === undefined
        ? forward()
        : { status: 200, body: `<${action}Response>${content}</${action}Response>` };
    };
    expect((await adapters.reader.readAll(PLACE)).publicAccessBlock).toEqual({
      mode: 'block-ingress',
      exclusions: [
        { resourceId: 'vpc-1', mode: 'allow-egress' },
        { resourceId: 'subnet-2', mode: 'allow-bidirectional' },
      ],
    });
  });

  it('calls that are throttled twice each are read in the end, with nothing missing', async () => {
    const throttled = new Map<string, number>();
    intercept = async ({ action }, forward) => {
      const times = throttled.get(action) ?? 0;
      if (!action.startsWith('Describe') || times === 2) return forward();
      throttled.set(action, times + 1);
      return ec2Error(503, 'RequestLimitExceeded', 'Request limit exceeded.');
    };
    expect(await adapters.reader.readAll(PLACE)).toEqual(network);
    expect(throttled.size).toBeGreaterThan(8);
  });

  it('throttling that lasts for minutes is an error that names the call, and the next read works', async () => {
    const answers = await recorded();
    intercept = async (call) =>
      call.action === 'DescribeSecurityGroupRules' ? ec2Error(503, 'RequestLimitExceeded') : answers(call);
    const error = await rejectsWithinSeconds(300, () => adapters.reader.readAll(PLACE));
    expect(error).toMatchObject({
      message: 'ec2:DescribeSecurityGroupRules failed in account 123456789012 in eu-west-1.',
      cause: { name: 'RequestLimitExceeded' },
    });
    intercept = (_call, forward) => forward();
    expect(await adapters.reader.readAll(PLACE)).toEqual(network);
  });

  it('a service that takes a call and never answers it ends the read, after ten tries of 10 s', async () => {
    const answers = await recorded();
    let tries = 0;
    intercept = async (call) => {
      if (call.action !== 'DescribeVpcs') return answers(call);
      tries += 1;
      return new Promise(() => undefined);
    };
    const error = await rejectsWithinSeconds(200, () => adapters.reader.readAll(PLACE));
    expect(error).toMatchObject({
      message: 'ec2:DescribeVpcs failed in account 123456789012 in eu-west-1.',
      cause: { name: 'TimeoutError' },
    });
    expect(tries).toBe(10);
  });

  /** The answers of one read, given again at once: moto needs more time than a clock that runs ahead leaves it. */
  async function recorded(): Promise<(call: WireCall) => WireAnswer> {
    const answers = new Map<string, WireAnswer>();
    intercept = async ({ params }, forward) => {
      const answer = await forward();
      answers.set(params.toString(), answer);
      return answer;
    };
    await adapters.reader.readAll(PLACE);
    return ({ params }) => answers.get(params.toString())!;
  }

  it('an error in one page is an error of the read: never a part that looks whole', async () => {
    intercept = async ({ action, params }, forward) => {
      if (action !== 'DescribeSecurityGroupRules') return forward();
      if (params.has('NextToken')) return ec2Error(400, 'InvalidParameterValue');
      const answer = await forward();
      return { ...answer, body: answer.body.replace('</requestId>', '</requestId><nextToken>2</nextToken>') };
    };
    await expect(adapters.reader.readAll(PLACE)).rejects.toMatchObject({ cause: { name: 'InvalidParameterValue' } });
  });

  it('connections that break are tried again', async () => {
    let broken = 0;
    intercept = async ({ action }, forward) => {
      if (action !== 'DescribeSecurityGroups' || broken === 2) return forward();
      broken += 1;
      throw new Error('the connection broke');
    };
    expect(await adapters.reader.readAll(PLACE)).toEqual(network);
    expect(broken).toBe(2);
  });

  it('a Region that is not enabled for the account is said as such', async () => {
    intercept = async ({ action }, forward) =>
      action.startsWith('Describe') ? ec2Error(401, 'AuthFailure') : forward();
    await expect(adapters.reader.readAll(PLACE)).rejects.toThrow(
      new AccessDenied(
        "account 123456789012 in eu-west-1 does not know the credentials of Portcullis's own role (AuthFailure): " +
          'is the Region enabled for the account, and is the role still there?',
      ),
    );
  });

  it('an answer without what every answer has is an error, not a rule that is overlooked', async () => {
    intercept = async ({ action }, forward) => {
      const answer = await forward();
      if (action !== 'DescribeSecurityGroupRules') return answer;
      return { ...answer, body: answer.body.replaceAll(/<cidrIpv4>[^<]*<\/cidrIpv4>/g, '') };
    };
    await expect(adapters.reader.readAll(PLACE)).rejects.toThrow(/^EC2 answered without the source of sgr-/);
  });
});
