import type { Context } from 'hono';
import type * as z from 'zod';
import type { ErrorJson } from './shapes.ts';

/** The one form of an error in JSON. */
export function errorAnswer(
  c: Context,
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 421 | 500 | 502,
  code: string,
  message: string,
): Response {
  return c.json({ error: { code, message } } satisfies z.infer<typeof ErrorJson>, status);
}
