import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { BadInput, NotFound, Refused, VersionConflict, messageOf } from '../core/errors.ts';
import { apiRoutes } from './api.ts';
import { approvalRoutes, badLink } from './approvals.ts';
import { messagePage } from './layout.ts';
import { errorAnswer } from './openapi.ts';
import { pageRoutes } from './page.ts';
import {
  answerOptions,
  checkHost,
  checkOrigin,
  limitBody,
  requireBearer,
  secureHeaders,
  withoutTokens,
} from './security.ts';
import type { Services } from './services.ts';

export interface AppOptions {
  /** Needed for everything under /api that changes something. */
  apiToken: string;
  /** Host header values this server answers to, lower case with the port; asked on each request, for a port known only after listening. */
  allowedHosts: () => readonly string[];
  /** Address of the caller, for the audit. */
  clientIp: (c: Context) => string | null;
  /** Takes what went wrong inside; holds no token. */
  log: (entry: { message: string; method: string; path: string }) => void;
}

/** The whole HTTP side of one machine: API, page, approval links. On AWS only the links are served, by `approvals-app.ts`. */
export function makeApp(services: Services, options: AppOptions): OpenAPIHono {
  const app = new OpenAPIHono();
  app.use(secureHeaders());
  app.use(checkHost(options.allowedHosts));
  app.use(checkOrigin(options.allowedHosts));
  app.use(answerOptions);
  app.use(limitBody());
  app.use('/api/*', requireBearer(options.apiToken));

  app.route('/', pageRoutes(services));
  app.route('/', approvalRoutes(services, options));
  app.route('/', apiRoutes(services));
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Portcullis',
      version: '1',
      description: 'Times are ISO 8601 UTC. Reading is open on loopback; everything else needs the bearer token.',
    },
  });

  app.notFound((c) => {
    if (c.req.path.startsWith('/approvals/')) return badLink(c);
    if (isApi(c)) return errorAnswer(c, 404, 'NOT_FOUND', `There is no ${c.req.method} ${c.req.path.slice(0, 200)}.`);
    return messagePage(c, 404, 'Nothing here', 'There is no such page.');
  });
  app.onError((error, c) => {
    const { status, code, message } = answerTo(error);
    if (status === 500) {
      const entry = { message: messageOf(error), method: c.req.method, path: c.req.path };
      options.log({ ...entry, message: withoutTokens(entry.message), path: withoutTokens(entry.path) });
    }
    return isApi(c) ? errorAnswer(c, status, code, message) : messagePage(c, status, 'That did not work', message);
  });
  return app;
}

function isApi(c: Context): boolean {
  return c.req.path.startsWith('/api/');
}

function answerTo(error: Error): { status: 400 | 404 | 409 | 415 | 500; code: string; message: string } {
  if (error instanceof BadInput) return { status: 400, code: error.code, message: error.message };
  if (error instanceof NotFound) return { status: 404, code: error.code, message: error.message };
  if (error instanceof VersionConflict || error instanceof Refused) {
    return { status: 409, code: error.code, message: error.message };
  }
  if (error instanceof HTTPException && error.status === 400) {
    return { status: 400, code: 'BAD_INPUT', message: 'The body is not JSON.' };
  }
  if (error instanceof HTTPException && error.status === 415) {
    return { status: 415, code: 'BAD_INPUT', message: 'Send the body as JSON, with Content-Type: application/json.' };
  }
  return { status: 500, code: 'INTERNAL', message: 'Something went wrong here. The log of Portcullis says what.' };
}
