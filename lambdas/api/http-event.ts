import type { LambdaEvent } from 'hono/aws-lambda';
import * as z from 'zod';

const METHODS = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const;
/** Characters. The longest path of the API has two ids, the longest query five values. */
const MAX_PATH = 1_024;
const MAX_QUERY = 2_048;
/** Bytes of all names and values: what an HTTP API lets through. */
const MAX_HEADERS = 10_240;
/** What `Headers` takes: else its error, which holds the value, would be logged. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[^\0\r\n]*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The part of payload format 2.0 that a request is made of. */
const HttpEvent = z.object({
  version: z.literal('2.0'),
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string(),
  headers: z.record(z.string().regex(HEADER_NAME), z.string().regex(HEADER_VALUE)),
  cookies: z.array(z.string().regex(HEADER_VALUE)).optional(),
  requestContext: z.object({ domainName: z.string(), http: z.object({ method: z.string() }) }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
});
type HttpEvent = z.infer<typeof HttpEvent>;

/** An answer that needs no route. */
export interface Refusal {
  readonly status: 400 | 405 | 414 | 431;
  readonly code: string;
  readonly message: string;
}

export type ReadEvent = { kind: 'request'; event: LambdaEvent } | { kind: 'refused'; refusal: Refusal };

/** An event that a request can be made of, or what to answer in its place. */
export function readEvent(event: unknown): ReadEvent {
  if (!isHttpEvent(event)) {
    return refused(400, 'BAD_INPUT', 'This is not a request of an HTTP API in payload format 2.0.');
  }
  const refusal = refusalOf(event);
  return refusal === null ? { kind: 'request', event } : refusal;
}

function isHttpEvent(event: unknown): event is HttpEvent & LambdaEvent {
  return HttpEvent.safeParse(event).success;
}

function refusalOf(event: HttpEvent): ReadEvent | null {
  const { rawPath, rawQueryString, body, isBase64Encoded } = event;
  const { domainName, http } = event.requestContext;
  const hasBody = body !== undefined && body !== '';
  if (!METHODS.some((method) => method === http.method)) {
    return refused(405, 'BAD_INPUT', `${http.method.slice(0, 20)} is not used here: send ${METHODS.join(', ')}.`);
  }
  if (rawPath.length > MAX_PATH) return refused(414, 'TOO_LARGE', `The path is longer than ${MAX_PATH} characters.`);
  if (rawQueryString.length > MAX_QUERY) {
    return refused(414, 'TOO_LARGE', `The query is longer than ${MAX_QUERY} characters.`);
  }
  if (bytesOf(event.headers, event.cookies) > MAX_HEADERS) {
    return refused(431, 'TOO_LARGE', `The headers are larger than ${MAX_HEADERS} bytes.`);
  }
  if (hasBody && (http.method === 'GET' || http.method === 'HEAD')) {
    return refused(400, 'BAD_INPUT', `${http.method} has no body: send what is wanted in the query.`);
  }
  if (hasBody && isBase64Encoded && !(body.length % 4 === 0 && BASE64.test(body))) {
    return refused(400, 'BAD_INPUT', 'The body is not base64, although the event says so.');
  }
  if (!URL.canParse(`https://${domainName}${rawPath}`)) {
    return refused(400, 'BAD_INPUT', 'The path is not that of a URL.');
  }
  return null;
}

function bytesOf(headers: HttpEvent['headers'], cookies: readonly string[] = []): number {
  return [...Object.entries(headers).flat(), ...cookies].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function refused(status: Refusal['status'], code: string, message: string): ReadEvent {
  return { kind: 'refused', refusal: { status, code, message } };
}
