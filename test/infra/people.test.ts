import { beforeAll, describe, expect, it } from 'vitest';
import type { Settings } from '../../core/config/settings.ts';
import { type Deployment, deploy, ofType, resourcesOf, WATCHING } from './support/deployment.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

const PATH = '/approvals/{token}';

describe('the way in', () => {
  it('is approval links alone', () => {
    const routes = ofType(deployment.people, 'AWS::ApiGatewayV2::Route').map(({ Properties }) =>
      String(Properties['RouteKey']),
    );
    expect(routes.toSorted()).toEqual([`GET ${PATH}`, `HEAD ${PATH}`, `OPTIONS ${PATH}`, `POST ${PATH}`]);
  });

  it('writes neither path nor query nor referrer to its log, because the path is the token', () => {
    const [stage, ...more] = ofType(deployment.people, 'AWS::ApiGatewayV2::Stage');
    expect(more).toEqual([]);
    const { Format = '' } = (stage?.Properties['AccessLogSettings'] ?? {}) as { Format?: string };
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
  });

  it('takes few requests a second, and fewer decisions than looks', () => {
    const [stage] = ofType(deployment.people, 'AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties['DefaultRouteSettings']).toMatchObject({
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 40,
    });
    const routes = stage?.Properties['RouteSettings'] as Record<string, { ThrottlingRateLimit: number }>;
    expect(Object.keys(routes).toSorted()).toEqual([`GET ${PATH}`, `HEAD ${PATH}`, `OPTIONS ${PATH}`, `POST ${PATH}`]);
    expect(routes[`POST ${PATH}`]).toEqual({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 });
  });

  it('names its routes only when they are there', () => {
    const [stage] = ofType(deployment.people, 'AWS::ApiGatewayV2::Stage');
    const { DependsOn = [] } = stage as unknown as { DependsOn?: string[] };
    expect(DependsOn.filter((id) => /GETapprovalstoken|POSTapprovalstoken/.test(id)).length).toBeGreaterThanOrEqual(2);
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
