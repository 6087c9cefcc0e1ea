import type { Context, Hono } from 'hono';
import { linkRoutes } from './api-links.ts';
import { approvalRoutes, badLink } from './approvals.ts';
import { makeBaseApp } from './base-app.ts';
import { COMMANDS } from './hints.ts';
import { requireBearer } from './security.ts';
import type { Services } from './services.ts';

export interface AppOptions {
  /** Needed for everything under /api that changes something. */
  apiToken: string;
  /** Host header values this server answers to, lower case with the port; asked on each request, for a port known only after listening. */
  allowedHosts: () => readonly string[];
  /** Address of the caller, for the audit. */
  clientIp: (c: Context) => string | null;
  /** Takes what went wrong inside; holds no token. */
  log: (entry: { message: string; method: string; path: string }) => void;
}

/** One machine looks at its page from the machine itself. */
const REFRESH_SECONDS = 5;

/** The whole HTTP side of one machine: API, page, approval links. On AWS two functions share it: `lambdas/api`, `lambdas/approvals`. */
export function makeApp(services: Services, options: AppOptions): Hono {
  const { apiToken, allowedHosts, log } = options;
  const app = makeBaseApp(services, {
    allowedHosts,
    log,
    admit: { path: '/api/*', check: requireBearer(apiToken) },
    // Whoever has the token is the operator, and says who they are.
    actorOf: (_, by) => by,
    page: { hints: COMMANDS, refreshSeconds: REFRESH_SECONDS },
    document: async () => (await import('./one-machine-document.ts')).DOCUMENT,
  });
  app.route('/', linkRoutes(services));
  app.route('/', approvalRoutes(services, options));
  app.all('/approvals/*', (c) => badLink(c));
  return app;
}
