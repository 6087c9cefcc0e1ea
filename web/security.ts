import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { timingSafeEqual } from 'hono/utils/buffer';
import { endpoint } from '../core/net/address.ts';
import { errorAnswer } from './error-answer.ts';

/** Bytes of a request body; forms and JSON requests are far smaller. */
const BODY_LIMIT = 256 * 1024;
/** Bytes of an import: about 65,536 addresses with a few ports each. */
const IMPORT_LIMIT = 4 * 1024 * 1024;

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The Host header values that mean this server when it listens on `host:port` of one machine. Browsers leave out port 80. */
export function loopbackHosts(host: string, port: number): string[] {
  const names = ['localhost', '127.0.0.1', '::1', host];
  const hosts = names.flatMap((name) => {
    const full = endpoint(name, port).toLowerCase();
    return port === 80 ? [full, full.slice(0, -':80'.length)] : [full];
  });
  return [...new Set(hosts)];
}

/** A page of another site that resolves its own name to 127.0.0.1 (DNS rebinding) still sends its own name in Host. */
export function checkHost(allowedHosts: () => readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host')?.toLowerCase() ?? new URL(c.req.url).host;
    if (!allowedHosts().includes(host)) {
      return errorAnswer(
        c,
        421,
        'WRONG_HOST',
        `This server does not answer for that Host; use one of ${allowedHosts().join(', ')}.`,
      );
    }
    return next();
  };
}

/**
 * Other sites may not post here. A browser that obeys `Referrer-Policy: no-referrer` sends `Origin: null` with the forms of our own
 * approval page (Fetch standard, "append a request Origin header"), so there `null` passes unless the browser says it is cross-site:
 * what authorises that form is the token in its address, no cookie.
 */
export function checkOrigin(allowedHosts: () => readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header('origin');
    if (SAFE_METHODS.has(c.req.method) || origin === undefined) return next();
    const site = c.req.header('sec-fetch-site');
    const ownForm =
      origin === 'null' && c.req.path.startsWith('/approvals/') && (site === undefined || site === 'same-origin');
    if (!ownForm && !allowedHosts().includes(hostOfOrigin(origin))) {
      return errorAnswer(c, 403, 'WRONG_ORIGIN', 'Requests from other sites are refused.');
    }
    return next();
  };
}

function hostOfOrigin(origin: string): string {
  try {
    return new URL(origin).host;
  } catch {
    return '';
  }
}

/** Everything but reading needs the API token. Compared in constant time, over hashes. */
export function requireBearer(apiToken: string): MiddlewareHandler {
  return async (c, next) => {
    if (SAFE_METHODS.has(c.req.method)) return next();
    const given = /^Bearer +(\S{1,512})$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (given === undefined || !(await timingSafeEqual(given, apiToken))) {
      c.header('WWW-Authenticate', 'Bearer realm="portcullis"');
      return errorAnswer(
        c,
        401,
        'UNAUTHORIZED',
        'Send "Authorization: Bearer TOKEN" with the contents of DATA/api-token.',
      );
    }
    return next();
  };
}

export function limitBody(): MiddlewareHandler {
  const limit = limitTo(BODY_LIMIT);
  const limitImport = limitTo(IMPORT_LIMIT);
  return (c, next) => (c.req.path.startsWith('/api/import') ? limitImport : limit)(c, next);
}

function limitTo(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: (c) => errorAnswer(c, 413, 'TOO_LARGE', `The request body is too large: at most ${bytes} bytes.`),
  });
}

const HEADERS = {
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;
const NOTHING_LOADED = { 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'" } as const;

/** What an answer in JSON carries. */
export const JSON_HEADERS = { ...HEADERS, ...NOTHING_LOADED, 'Content-Type': 'application/json' } as const;

/** Set on every answer; pages add what their style needs. */
export function secureHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
    for (const [name, value] of Object.entries(NOTHING_LOADED)) if (!headers.has(name)) headers.set(name, value);
  };
}

/** OPTIONS tells the methods and changes nothing; no CORS header, so no other site gets in by it. */
export const answerOptions: MiddlewareHandler = async (c, next) => {
  if (c.req.method !== 'OPTIONS') return next();
  return c.body(null, 204, { Allow: 'GET, HEAD, POST, OPTIONS' });
};

/** Text that may be logged: approval links and whatever looks like their tokens are cut out. */
export function withoutTokens(text: string): string {
  return text
    .replaceAll(/\/approvals\/[^\s"'<>?#]+/g, '/approvals/TOKEN')
    .replaceAll(/[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}/g, 'TOKEN');
}
