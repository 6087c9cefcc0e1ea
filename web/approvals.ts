import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import * as z from 'zod';
import { decidedMain, openMain } from './approval-view.ts';
import { messagePage, page } from './layout.ts';
import { createRoute, typedApp } from './openapi.ts';
import type { Services } from './services.ts';
import { addCallback, beginSignIn, type LogSignIn, whoIs } from './sign-in-routes.ts';

const HTML = { 'text/html': { schema: z.string() } };
const BAD_LINK = {
  404: { description: 'The one answer for every link that is not good, whatever is wrong with it', content: HTML },
};
const Params = z.object({ token: z.string() });
const NOT_YOURS = {
  403: { description: 'Somebody else must decide, or must sign in first; nothing was decided', content: HTML },
};
const MAX_REASON = 500;
const DecisionForm = z.object({
  decision: z.enum(['approve', 'deny']),
  reason: z.string().trim().max(MAX_REASON).default(''),
});

/** What the links need of the rest. */
export type ApprovalServices = Pick<Services, 'clock' | 'viewByToken' | 'decideByToken' | 'signIn'>;

export interface ApprovalOptions {
  /** Address of the caller, for the audit. */
  clientIp: (c: Context) => string | null;
  log: LogSignIn;
}

/** GET shows and changes nothing: mail scanners open every link. POST decides, once. */
export function approvalRoutes(services: ApprovalServices, { clientIp, log }: ApprovalOptions): OpenAPIHono {
  const app = typedApp();
  const { signIn } = services;
  addCallback(app, services, badLink, log);

  app.openapi(
    createRoute({
      method: 'get',
      path: '/approvals/{token}',
      summary: 'What would be changed, and two buttons',
      request: { params: Params },
      responses: {
        200: { description: 'A page', content: HTML },
        303: { description: 'With the query `sign-in`: to the sign-in provider' },
        ...NOT_YOURS,
        ...BAD_LINK,
        503: { description: 'The sign-in provider cannot be asked', content: HTML },
      },
    }),
    async (c) => {
      const { token } = c.req.valid('param');
      const view = await services.viewByToken(token, await whoIs(c, signIn));
      if (view === null) return badLink(c);
      if (view.whyNotDecide !== null) return barred(c, view.whyNotDecide);
      if (signIn !== null && view.signIn.kind === 'needed' && c.req.query('sign-in') !== undefined) {
        return beginSignIn(c, signIn, token, log);
      }
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
      ...NOT_YOURS,
      ...BAD_LINK,
      409: { description: 'Approving is refused; nothing was changed', content: HTML },
    },
  });
  app.post('/approvals/:token', async (c) => {
    const token = c.req.param('token');
    const identity = await whoIs(c, signIn);
    if ((await services.viewByToken(token, identity)) === null) return badLink(c);
    const form = await readForm(c);
    if (form === null) {
      return messagePage(
        c,
        400,
        'Nothing was decided',
        `Send decision=approve or decision=deny, and at most ${MAX_REASON} characters of reason: go back and press one of the two buttons.`,
      );
    }
    const evidence = {
      ip: clientIp(c),
      userAgent: c.req.header('user-agent') ?? null,
      reason: form.reason === '' ? null : form.reason,
    };
    const verb = form.decision === 'approve' ? 'approved' : 'denied';
    const outcome = await services.decideByToken(token, verb, evidence, identity);
    if (outcome === null) return badLink(c);
    if (outcome.kind === 'barred') return barred(c, outcome.reason);
    if (outcome.kind === 'sign-in') {
      return messagePage(
        c,
        403,
        'Sign in first',
        `${outcome.reason} Nothing was decided. Open the link again and sign in.`,
      );
    }
    if (outcome.kind === 'refused') return messagePage(c, 409, 'Not approved', outcome.reason);
    return page(c, 200, { title: 'Decision - Portcullis', main: decidedMain(outcome.view, outcome.kind) });
  });
  return app;
}

function barred(c: Context, reason: string): Response | Promise<Response> {
  return messagePage(
    c,
    403,
    'You cannot decide this',
    `${reason} This link decides nothing any more; nothing was changed. Ask whoever keeps the configuration of Portcullis.`,
  );
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
