import { PUBLIC_URL } from './deployment.ts';

/** A session of a role that a person took on. */
export const ALICE = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_ops_0123/alice@example.com';
export const BOB = 'arn:aws:iam::123456789012:user/ops/bob';

export interface SignedRequest {
  query?: string;
  /** An object is sent as JSON. */
  body?: object | string;
  headers?: Record<string, string>;
  /** null: the gateway let it through without saying who signed. */
  signer?: string | null;
}

/** What an HTTP API with IAM authorization hands to a function, payload format 2.0. */
export function signedEvent(
  method: string,
  path: string,
  { query = '', body, headers = {}, signer = ALICE }: SignedRequest = {},
) {
  const host = new URL(PUBLIC_URL).host;
  const accountId = '123456789012';
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  return {
    version: '2.0',
    routeKey: 'ANY /api/{proxy+}',
    rawPath: path,
    rawQueryString: query,
    headers: {
      host,
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260301/eu-west-1/execute-api/aws4_request, Signature=00',
      'x-forwarded-for': '198.51.100.7',
      ...(typeof body === 'object' && { 'content-type': 'application/json' }),
      ...headers,
    },
    requestContext: {
      accountId,
      apiId: 'abc',
      domainName: host,
      stage: '$default',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '198.51.100.7', userAgent: 'test' },
      ...(signer !== null && {
        authorizer: {
          iam: {
            accessKey: 'AKIAEXAMPLE',
            accountId,
            callerId: 'AIDAEXAMPLE',
            cognitoIdentity: null,
            principalOrgId: null,
            userArn: signer,
            userId: 'AIDAEXAMPLE',
          },
        },
      }),
    },
    ...(text !== undefined && { body: text }),
    isBase64Encoded: false,
  };
}
