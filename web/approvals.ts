import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as z from 'zod';
import { decidedMain, openMain } from './approval-view.ts';
import { messagePage, page } from './layout.ts';
import { createRoute, typedApp } from './openapi.ts';
import type { Services } from './services.ts';

const HTML = { 'text/html': { schema: z.string() } };
const BAD_LINK = {
  404: { description: 'The one answer for every link that is not good, whatever is wrong with it', content: HTML },
};
const Params = z.object({ token: z.string() });
const MAX_REASON = 500;

/** GET shows and changes nothing: mail scanners open every link. POST decides, once. */
export function approvalRoutes(services: Services, clientIp: (c: Context) => string | null): OpenAPIHono {
  const app = typedApp();

  app.openapi(
    createRoute({
      method: 'get',
      path: '/approvals/{token}',
      summary: 'What would be changed, and two buttons',
      request: { params: Params },
      responses: { 200: { description: 'A page', content: HTML }, ...BAD_LINK },
    }),
    async (c) => {
      const view = await services.viewByToken(c.req.valid('param').token);
      if (view === null) return badLink(c);
      const now = services.clock.now();
      const main = view.approval.state === 'pending' ? openMain(view, now) : decidedMain(view, 'already');
      return page(c, 200, { title: 'Approve a change - Portcullis', main });
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/approvals/{token}',
      summary: 'Decide: form field decision = approve or deny; reason is optional',
      // The form is read below, so that a link that is not good gets its one answer first.
      request: {
        params: Params,
      },
      responses: {
        200: { description: 'What was decided, by whom and when, now or before', content: HTML },
        400: { description: 'No decision in the form', content: HTML },
        ...BAD_LINK,
        409: { description: 'Approving is refused; nothing was changed', content: HTML },
      },
    }),
    async (c) => {
      const { token } = c.req.valid('param');
      if ((await services.viewByToken(token)) === null) return badLink(c);
      const form = await c.req.parseBody();
      const decision = form['decision'];
      if (decision !== 'approve' && decision !== 'deny') {
        return messagePage(
          c,
          400,
          'Nothing was decided',
          'Send decision=approve or decision=deny: go back and press one of the two buttons.',
        );
      }
      const reason = typeof form['reason'] === 'string' ? form['reason'].trim().slice(0, MAX_REASON) : '';
      const outcome = await services.decideByToken(token, decision === 'approve' ? 'approved' : 'denied', {
        ip: clientIp(c),
        userAgent: c.req.header('user-agent') ?? null,
        reason: reason === '' ? null : reason,
      });
      if (outcome === null) return badLink(c);
      if (outcome.kind === 'refused') return messagePage(c, 409, 'Not approved', outcome.reason);
      return page(c, 200, {
        title: 'Decision - Portcullis',
        main: decidedMain(outcome.view, outcome.kind),
      });
    },
  );
  return app;
}

/** The same bytes for every link that is malformed, forged, expired or for nothing. */
export function badLink(c: Context): Response | Promise<Response> {
  return messagePage(
    c,
    404,
    'This link is not valid',
    'It may have expired or been copied in part. Nothing was changed. Ask for a new link, or decide with: portcullis approvals list.',
  );
}
