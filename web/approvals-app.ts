import type { Context } from 'hono';
import { Hono } from 'hono';
import { messageOf } from '../core/errors.ts';
import { approvalRoutes, badLink, type ApprovalServices } from './approvals.ts';
import type { AppOptions } from './app.ts';
import { messagePage } from './layout.ts';
import { answerOptions, checkHost, checkOrigin, limitBody, secureHeaders, withoutTokens } from './security.ts';

/** Approval links alone, for an endpoint that must offer nothing else. */
export function makeApprovalsApp(services: ApprovalServices, options: Omit<AppOptions, 'apiToken'>): Hono {
  const app = new Hono();
  app.use(secureHeaders());
  app.use(checkHost(options.allowedHosts));
  app.use(checkOrigin(options.allowedHosts));
  app.use(answerOptions);
  app.use(limitBody());
  app.route('/', approvalRoutes(services, options));
  app.notFound((c: Context) => badLink(c));
  app.onError((error, c) => {
    const { method, path } = c.req;
    options.log({ message: withoutTokens(messageOf(error)), method, path: withoutTokens(path) });
    return messagePage(c, 500, 'That did not work', 'Nothing was decided. Try again in a moment.');
  });
  return app;
}
