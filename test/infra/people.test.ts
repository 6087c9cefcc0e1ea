import { beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../core/config/settings.ts';
import { type Deployment, deploy, ofType, resourcesOf, WATCHING } from './support/deployment.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

const PATH = '/approvals/{token}';

/** Resources of one of the two APIs: of the approval links, or of page and API. */
const ofApi = (name: 'ApprovalLinks' | 'SignedApi', type: string) =>
  Object.entries(resourcesOf(deployment.people)).flatMap(([id, resource]) =>
    resource.Type === type && id.startsWith(name) ? [resource] : [],
  );
const routesOf = (name: 'ApprovalLinks' | 'SignedApi') =>
  ofApi(name, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => String(Properties['RouteKey']));
const throttlesOf = (name: 'ApprovalLinks' | 'SignedApi') =>
  (ofApi(name, 'AWS::ApiGatewayV2::Stage')[0]?.Properties['RouteSettings'] ?? {}) as Record<
    string,
    { ThrottlingRateLimit: number; ThrottlingBurstLimit: number }
  >;

describe('the way in', () => {
  it('without signing a request is approval links alone', () => {
    const open = ofType(deployment.people, 'AWS::ApiGatewayV2::Route')
      .filter(({ Properties }) => Properties['AuthorizationType'] === 'NONE')
      .map(({ Properties }) => String(Properties['RouteKey']));
    expect(open.toSorted()).toEqual([`GET ${PATH}`, `HEAD ${PATH}`, `OPTIONS ${PATH}`, `POST ${PATH}`]);
    expect(routesOf('ApprovalLinks').toSorted()).toEqual(open.toSorted());
  });

  it('for page and API is a request that IAM lets through, on a host of its own', () => {
    const routes = ofApi('SignedApi', 'AWS::ApiGatewayV2::Route');
    expect(routesOf('SignedApi').toSorted()).toEqual(
      ['/', '/{proxy+}'].flatMap((path) => [`GET ${path}`, `HEAD ${path}`, `POST ${path}`]).toSorted(),
    );
    for (const { Properties } of routes) expect(Properties['AuthorizationType']).toBe('AWS_IAM');
    expect(ofType(deployment.people, 'AWS::ApiGatewayV2::Api')).toHaveLength(2);
  });

  it('writes neither path nor query nor referrer to its log, because a path may be a token', () => {
    const stages = ofType(deployment.people, 'AWS::ApiGatewayV2::Stage');
    expect(stages).toHaveLength(2);
    for (const stage of stages) {
      const { Format = '' } = (stage.Properties['AccessLogSettings'] ?? {}) as { Format?: string };
      const logged = [...Format.matchAll(/\$context\.([\w.]+)/g)].map(([, field]) => field);
      expect(logged).toEqual([
        'requestId',
        'requestTime',
        'identity.sourceIp',
        'httpMethod',
        'routeKey',
        'status',
        'responseLatency',
      ]);
      expect(Format).not.toMatch(/path|query|referer|uri|domain|userAgent/i);
    }
  });

  it('takes few requests a second by route, and fewer that change something than looks', () => {
    for (const name of ['ApprovalLinks', 'SignedApi'] as const) {
      expect(Object.keys(throttlesOf(name)).toSorted()).toEqual(routesOf(name).toSorted());
      for (const [route, limits] of Object.entries(throttlesOf(name))) {
        expect(limits).toEqual(
          route.startsWith('POST ')
            ? { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 }
            : { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
        );
      }
    }
  });

  it('names its routes only when they are there', () => {
    for (const stage of ofType(deployment.people, 'AWS::ApiGatewayV2::Stage')) {
      const { DependsOn = [] } = stage as unknown as { DependsOn?: string[] };
      const routes = DependsOn.filter((id) => resourcesOf(deployment.people)[id]?.Type === 'AWS::ApiGatewayV2::Route');
      expect(routes.length).toBeGreaterThanOrEqual(4);
    }
  });

  it('signs links with an HMAC key of KMS that outlives the stack', () => {
    const [key, ...more] = ofType(deployment.people, 'AWS::KMS::Key');
    expect(more).toEqual([]);
    expect(key).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC', PendingWindowInDays: 30 },
    });
  });
});

describe('the topics', () => {
  it('of alerts and of links are two, and encrypted', () => {
    const topics = ofType(deployment.people, 'AWS::SNS::Topic');
    expect(topics).toHaveLength(2);
    for (const { Properties } of topics) expect(Properties['KmsMasterKeyId']).toBeDefined();
  });

  const subscriptions = (settings: Settings) =>
    ofType(deploy(settings).people, 'AWS::SNS::Subscription').map(({ Properties }) => ({
      to: Properties['Endpoint'],
      protocol: Properties['Protocol'],
      filter: Properties['FilterPolicy'],
      topic: JSON.stringify(Properties['TopicArn']).includes('ApprovalLinks'),
    }));
  const mailed = (to: string) => ({ to, protocol: 'email', filter: { approver: [to] }, topic: true });

  it('bring each approver with a mailbox the links made for that one, and no others', () => {
    const approver = { match: null, subject: null, arns: [] };
    const approvers = [
      { ...approver, name: 'ana@example.com' },
      { ...approver, name: 'bo' },
    ];
    const owners = [{ match: '192.0.2.0/28', owner: 'payments', email: 'payments@example.com' }];
    expect(subscriptions({ ...WATCHING, approvers, owners })).toEqual([mailed('ana@example.com')]);
    expect(subscriptions({ ...WATCHING, owners })).toEqual([mailed('payments@example.com')]);
    expect(subscriptions(WATCHING)).toEqual([]);
  });
});

describe('signing in', () => {
  it('has a key of its own, which is there only when people sign in', () => {
    const signIn = {
      issuer: 'https://id.example.com',
      clientId: 'portcullis',
      audience: 'portcullis',
      forSeverity: 'high',
    } as const;
    const { people } = deploy({ ...WATCHING, signIn });
    expect(ofType(people, 'AWS::KMS::Key')).toHaveLength(2);
    const [id = ''] = Object.entries(resourcesOf(people)).flatMap(([key, { Properties }]) =>
      String(Properties['Description']).includes('seals who has signed in') ? [key] : [],
    );
    const [approvals] = ofType(people, 'AWS::Lambda::Function').filter(({ Properties }) =>
      JSON.stringify(Properties['Environment']).includes('SIGN_IN_KEY_ID'),
    );
    expect(JSON.stringify(approvals?.Properties['Environment'])).toContain(`{"Ref":"${id}"}`);
  });
});
