import type { OpenAPIHono } from '@hono/zod-openapi';
import { CALLER, CHANGE, IdParam, NOT_FOUND, createRoute, json, typedApp } from './openapi.ts';
import type { LinkServices } from './services.ts';
import { LinksJson } from './shapes.ts';

/** Hands out approval links; only where the process that serves the API may sign them. */
export function linkRoute(services: Pick<LinkServices, 'linksFor'>): OpenAPIHono {
  const app = typedApp();
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/approvals/{id}/link',
      summary: 'The signed links that decide this approval, one for each approver. Whoever has one can decide',
      security: CALLER,
      request: { params: IdParam },
      responses: { 200: json('The links', LinksJson), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const links = await services.linksFor(c.req.valid('param').id);
      return c.json({ url: links[0].url, links }, 200);
    },
  );
  return app;
}
