import type { Hono } from 'hono';
import { LINKS } from './routes/links.ts';
import { serveRoutes } from './serve-routes.ts';
import type { LinkServices } from './services.ts';

/** Hands out approval links; only where the process that serves the API may sign them. */
export function linkRoutes(services: Pick<LinkServices, 'linksFor'>): Hono {
  return serveRoutes(LINKS, {
    async link(c) {
      const links = await services.linksFor(c.req.valid('param').id);
      return c.json({ url: links[0].url, links }, 200);
    },
  });
}
