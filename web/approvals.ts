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
const DecisionForm = z.object({
  decision: z.enum(['approve', 'deny']),
  reason: z.string().trim().max(MAX_REASON).default(''),
});

/** What the links need of the rest. */
export type ApprovalServices = Pick<Services, 'clock' | 'viewByToken' | 'decideByToken'>;

/** GET shows and changes nothing: mail scanners open every link. POST decides, once. */
export function approvalRoutes(services: ApprovalServices, clientIp: (c: Context) => string | null): OpenAPIHono {
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

  // Registered by hand: checked against its schema first, a form without a decision would tell a good link from a bad one.
  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/approvals/{token}',
    summary: 'Decide, once',
    request: {
      params: Params,
      body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: DecisionForm } } },
    },
    responses: {
      200: { description: 'What was decided, by whom and when, now or before', content: HTML },
      400: { description: 'No decision in the form', content: HTML },
      ...BAD_LINK,
      409: { description: 'Approving is refused; nothing was changed', content: HTML },
    },
  });
  app.post('/approvals/:token', async (c) => {
    const token = c.req.param('token');
    if ((await services.viewByToken(token)) === null) return badLink(c);
    const form = await readForm(c);
    if (form === null) {
      return messagePage(
        c,
        400,
        'Nothing was decided',
        `Send decision=approve or decision=deny, and at most ${MAX_REASON} characters of reason: go back and press one of the two buttons.`,
      );
    }
    const outcome = await services.decideByToken(token, form.decision === 'approve' ? 'approved' : 'denied', {
      ip: clientIp(c),
      userAgent: c.req.header('user-agent') ?? null,
      reason: form.reason === '' ? null : form.reason,
    });
    if (outcome === null) return badLink(c);
    if (outcome.kind === 'refused') return messagePage(c, 409, 'Not approved', outcome.reason);
    return page(c, 200, { title: 'Decision - Portcullis', main: decidedMain(outcome.view, outcome.kind) });
  });
  return app;
}

/** null for a form that decides nothing. */
async function readForm(c: Context): Promise<z.infer<typeof DecisionForm> | null> {
  try {
    return DecisionForm.safeParse(await c.req.parseBody()).data ?? null;
  } catch {
    return null;
  }
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
