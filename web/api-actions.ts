import type { RouteHandler } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { expiredSentence } from '../core/approvals/state.ts';
import { Refused } from '../core/errors.ts';
import { approvalJson } from './overview.ts';
import { ACTIONS } from './routes/actions.ts';
import { serveRoutes } from './serve-routes.ts';
import type { ApiServices } from './services.ts';
import type { WhitelistAction } from './shapes.ts';

/** Who acts, for the record; `by` is what the request says of that. */
export type ActorOf = (c: Context, by: string) => string;

/** Whether the caller may was checked before these are reached. */
export function actionRoutes(services: ApiServices, actorOf: ActorOf): Hono {
  const onWhitelist =
    (action: WhitelistAction): RouteHandler<typeof ACTIONS.approveWhitelist> =>
    async (c) => {
      const { by } = c.req.valid('json');
      return c.json(await services.actOnWhitelist(c.req.valid('param').id, action, actorOf(c, by)), 200);
    };
  const decide =
    (decision: 'approved' | 'denied'): RouteHandler<typeof ACTIONS.approve> =>
    async (c) => {
      const { by, reason } = c.req.valid('json');
      const { kind, approval } = await services.decide(c.req.valid('param').id, decision, actorOf(c, by), reason);
      if (kind === 'expired') throw new Refused(expiredSentence(approval));
      return c.json({ kind, approval: await approvalJson(services, approval) }, 200);
    };

  return serveRoutes(ACTIONS, {
    scan: async (c) => c.json(await services.scanNow(c.req.valid('json')), 202),
    async stopScan(c) {
      const { by } = c.req.valid('json');
      return c.json(await services.stopScan(c.req.valid('param').id, actorOf(c, by)), 200);
    },
    async requestWhitelist(c) {
      const request = c.req.valid('json');
      return c.json(await services.requestWhitelist({ ...request, by: actorOf(c, request.by) }), 201);
    },
    approveWhitelist: onWhitelist('approve'),
    rejectWhitelist: onWhitelist('reject'),
    removeWhitelist: onWhitelist('remove'),
    approve: decide('approved'),
    deny: decide('denied'),
    async propose(c) {
      const { by, allProtocols } = c.req.valid('json');
      const { id } = c.req.valid('param');
      const { plan, approval } = await services.propose(id, actorOf(c, by), { allProtocols });
      return c.json({ plan, approval: await approvalJson(services, approval) }, 200);
    },
    async rollback(c) {
      const { by } = c.req.valid('json');
      return c.json(await services.rollback(c.req.valid('param').id, actorOf(c, by)), 202);
    },
    async resume(c) {
      const { account, by, reason } = c.req.valid('json');
      await services.resume(account, actorOf(c, by), reason);
      return c.json({ account }, 200);
    },
    import: async (c) => c.json(await services.importPorts(c.req.valid('json').text), 200),
    importScan: async (c) => c.json(await services.importScan(c.req.valid('json')), 200),
  });
}
