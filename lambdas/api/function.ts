import type { Context, MiddlewareHandler } from 'hono';
import { type APIGatewayProxyResult, handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/ports/log.ts';
import { makeBaseApp } from '../../web/base-app.ts';
import { REQUESTS } from '../../web/hints.ts';
import { errorAnswer } from '../../web/error-answer.ts';
import { JSON_HEADERS, withoutTokens } from '../../web/security.ts';
import type { ApiServices } from '../../web/services.ts';
import { readEvent } from './http-event.ts';
import { signerOf } from './signer.ts';

export interface ApiFunctionOptions {
  /** Where the API is served, without a slash at the end. */
  publicUrl: string;
  log: Log;
}

type SignedContext = Context<{ Bindings: { event?: LambdaEvent; lambdaContext?: LambdaContext } }>;

/** Every look at the page reads the whole table. */
const REFRESH_SECONDS = 60;
/** Bytes that a function may answer with, as JSON (Lambda quotas, "Invocation payload"). */
const MAX_ANSWER = 6 * 1024 * 1024;
/** Characters of a body that fit whatever they are: JSON writes one as six bytes at most. */
const SURELY_FITS = 1_000_000;

const FORBIDDEN = 'Sign the request (AWS Signature Version 4) as somebody who may invoke this API.';

const requireSigner: MiddlewareHandler = (c: SignedContext, next) =>
  signerOf(c.env.event) === null ? Promise.resolve(errorAnswer(c, 403, 'FORBIDDEN', FORBIDDEN)) : next();

/** Who signed, whatever `by` says. @throws when nobody did, which `requireSigner` has answered before. */
function actorOf(c: SignedContext): string {
  const signer = signerOf(c.env.event);
  if (signer === null) throw new Error('a request that nobody signed reached an action');
  return signer;
}

/** HTTP API with IAM authorization -> page and API. It changes no firewall, and neither makes nor checks approval links. */
export function makeApiFunction(
  services: ApiServices,
  { publicUrl, log }: ApiFunctionOptions,
): (event: unknown, context?: LambdaContext) => Promise<APIGatewayProxyResult> {
  const host = new URL(publicUrl).host;
  const answer = handle(
    makeBaseApp(services, {
      allowedHosts: () => [host],
      admit: { path: '*', check: requireSigner },
      actorOf,
      page: { hints: REQUESTS, refreshSeconds: REFRESH_SECONDS },
      document: async () => (await import('./document.ts')).DOCUMENT,
      log: ({ message, method, path }) => log.warn('a request failed', { method, path, reason: message }),
    }),
  );
  return async function answerRequest(event, context) {
    try {
      const read = readEvent(event);
      if (read.kind === 'refused') {
        const { status, code, message } = read.refusal;
        return jsonAnswer(status, code, message);
      }
      const result = await answer(read.event, context);
      if (fits(result)) return result;
      return jsonAnswer(
        413,
        'TOO_LARGE',
        'The answer is larger than 6 MB, the most a function may send: ask for less.',
      );
    } catch (error) {
      log.warn('a request failed', { reason: withoutTokens(messageOf(error)) });
      return jsonAnswer(500, 'INTERNAL', 'Something went wrong here. The log of Portcullis says what.');
    }
  };
}

function fits(result: APIGatewayProxyResult): boolean {
  return result.body.length <= SURELY_FITS || Buffer.byteLength(JSON.stringify(result)) <= MAX_ANSWER;
}

function jsonAnswer(statusCode: number, code: string, message: string): APIGatewayProxyResult {
  return {
    statusCode,
    headers: { ...JSON_HEADERS },
    body: JSON.stringify({ error: { code, message } }),
    isBase64Encoded: false,
  };
}
