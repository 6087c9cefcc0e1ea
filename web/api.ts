import type { OpenAPIHono } from '@hono/zod-openapi';
import { type ActorOf, actionRoutes } from './api-actions.ts';
import { exportRoute } from './api-export.ts';
import { readRoutes } from './api-reads.ts';
import { typedApp } from './openapi.ts';
import type { ApiServices } from './services.ts';

/** Everything under /api except the OpenAPI document and the hand-out of links. */
export function apiRoutes(services: ApiServices, actorOf: ActorOf): OpenAPIHono {
  const app = typedApp();
  app.route('/', readRoutes(services));
  app.route('/', exportRoute(services));
  app.route('/', actionRoutes(services, actorOf));
  return app;
}
