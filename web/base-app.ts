import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AccessDenied, BadInput, NotFound, Refused, VersionConflict, messageOf } from '../core/errors.ts';
import { actionRoutes, type ActorOf } from './api-actions.ts';
import { exportRoutes } from './api-export.ts';
import { readRoutes } from './api-reads.ts';
import { messagePage } from './layout.ts';
import { errorAnswer } from './error-answer.ts';
import { type PageOptions, pageRoutes } from './page.ts';
import { answerOptions, checkHost, checkOrigin, limitBody, secureHeaders, withoutTokens } from './security.ts';
import type { ApiServices } from './services.ts';

export interface BaseAppOptions {
  /** Host header values this server answers to, lower case with the port; asked on each request, for a port known only after listening. */
  allowedHosts: () => readonly string[];
  /** Says who may use the routes below `path`. */
  admit: { path: string; check: MiddlewareHandler };
  actorOf: ActorOf;
  page: PageOptions;
  /** The OpenAPI document; fetched when somebody asks for it, since few do. */
  document: () => Promise<object>;
  /** Takes what went wrong inside; holds no token. */
  log: (entry: { message: string; method: string; path: string }) => void;
}

/** Page and API, with everything that is checked before them and every way in which a request may fail. */
export function makeBaseApp(services: ApiServices, options: BaseAppOptions): Hono {
  const app = new Hono();
  app.use(secureHeaders());
  app.use(checkHost(options.allowedHosts));
  app.use(checkOrigin(options.allowedHosts));
  app.use(options.admit.path, options.admit.check);
  app.use(answerOptions);
  app.use(limitBody());

  app.route('/', pageRoutes(services, options.page));
  app.route('/', readRoutes(services));
  app.route('/', exportRoutes(services));
  app.route('/', actionRoutes(services, options.actorOf));
  app.get('/api/openapi.json', async (c) => c.json(await options.document()));

  app.notFound((c) =>
    isApi(c)
      ? errorAnswer(c, 404, 'NOT_FOUND', `There is no ${c.req.method} ${c.req.path.slice(0, 200)}.`)
      : messagePage(c, 404, 'Nothing here', 'There is no such page.'),
  );
  app.onError((error, c) => {
    const { status, code, message } = answerTo(error, isApi(c));
    if (status >= 500) {
      const { method, path } = c.req;
      options.log({ message: withoutTokens(messageOf(error)), method, path: withoutTokens(path) });
    }
    return isApi(c) ? errorAnswer(c, status, code, message) : messagePage(c, status, 'That did not work', message);
  });
  return app;
}

function isApi(c: Context): boolean {
  return c.req.path.startsWith('/api/');
}

function answerTo(error: Error, api: boolean): { status: 400 | 404 | 409 | 500 | 502; code: string; message: string } {
  if (error instanceof BadInput) return { status: 400, code: error.code, message: error.message };
  if (error instanceof NotFound) return { status: 404, code: error.code, message: error.message };
  if (error instanceof VersionConflict || error instanceof Refused) {
    return { status: 409, code: error.code, message: error.message };
  }
  if (error instanceof HTTPException && error.status === 400) {
    return { status: 400, code: 'BAD_INPUT', message: 'The body is not JSON.' };
  }
  // Names roles: for callers of the API, who may permit it, and not for whoever holds a link.
  if (error instanceof AccessDenied && api) return { status: 502, code: error.code, message: error.message };
  return { status: 500, code: 'INTERNAL', message: 'Something went wrong here. The log of Portcullis says what.' };
}
