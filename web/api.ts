import type { OpenAPIHono } from '@hono/zod-openapi';
import { actionRoutes } from './api-actions.ts';
import { exportRoute } from './api-export.ts';
import { readRoutes } from './api-reads.ts';
import { typedApp } from './openapi.ts';
import type { Services } from './services.ts';

/** Everything under /api except the OpenAPI document. */
export function apiRoutes(services: Services): OpenAPIHono {
  const app = typedApp();
  app.route('/', readRoutes(services));
  app.route('/', exportRoute(services));
  app.route('/', actionRoutes(services));
  return app;
}
