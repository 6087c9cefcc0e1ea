import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { decidedMain, openMain } from './approval-view.ts';
import { messagePage, page } from './layout.ts';
import type { Services } from './services.ts';
import { addCallback, beginSignIn, type LogSignIn, whoIs } from './sign-in-routes.ts';

const MAX_REASON = 500;
export const DecisionForm = z.object({
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

/** `describeApprovals` describes them. GET shows and changes nothing: mail scanners open every link. POST decides, once. */
export function approvalRoutes(services: ApprovalServices, { clientIp, log }: ApprovalOptions): Hono {
  const app = new Hono();
  const { signIn } = services;
  addCallback(app, services, badLink, log);

  app.get('/approvals/:token', async (c) => {
    const token = c.req.param('token');
    const view = await services.viewByToken(token, await whoIs(c, signIn));
    if (view === null) return badLink(c);
    if (view.whyNotDecide !== null) return barred(c, view.whyNotDecide);
    if (signIn !== null && view.signIn.kind === 'needed' && c.req.query('sign-in') !== undefined) {
      return beginSignIn(c, signIn, token, log);
    }
    const now = services.clock.now();
    const main = view.approval.state === 'pending' ? openMain(view, now) : decidedMain(view, 'already');
    return page(c, 200, { title: 'Approve a change - Portcullis', main });
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
