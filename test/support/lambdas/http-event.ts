import { PUBLIC_URL } from './deployment.ts';

/** What an HTTP API hands to a function, payload format 2.0. */
export function httpEvent(method: 'GET' | 'POST', path: string, body?: string): object {
  const host = new URL(PUBLIC_URL).host;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: {
      host,
      ...(body !== undefined && { origin: PUBLIC_URL, 'content-type': 'application/x-www-form-urlencoded' }),
    },
    requestContext: {
      domainName: host,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '198.51.100.7', userAgent: 'test' },
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}
