import * as z from 'zod';
import { describeRoutes, json } from './describe.ts';

/** The page, liveness and metrics. */
export const PAGE = describeRoutes({
  alive: {
    method: 'get',
    path: '/healthz',
    summary: 'Is the process alive',
    responses: { 200: json('Alive', z.object({ ok: z.literal(true) })) },
  },
  metrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus metrics',
    responses: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
  },
  page: {
    method: 'get',
    path: '/',
    summary: 'The page, for people',
    request: { query: z.object({ refresh: z.string().optional() }) },
    responses: { 200: { description: 'A page', content: { 'text/html': { schema: z.string() } } } },
  },
});
