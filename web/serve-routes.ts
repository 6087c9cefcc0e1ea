import type { RouteHandler } from '@hono/zod-openapi';
import { type Handler, Hono, type MiddlewareHandler } from 'hono';
import { validator } from 'hono/validator';
import type * as z from 'zod';
import { errorAnswer } from './error-answer.ts';
import type { Routes } from './routes/describe.ts';

/** RFC 9110, section 8.3: a JSON type, with or without parameters. */
const JSON_TYPE = /^application\/([a-z-.]+\+)?json(;\s*[a-z0-9-]+=[^;]+)*$/i;

type JsonRoutes = Routes<'application/json'>;

/** One handler for each route: the compiler holds it to what the route takes and answers. */
export type Handlers<R extends JsonRoutes> = { readonly [Name in keyof R]: RouteHandler<R[Name]> };

/** Routes whose requests are checked by their descriptions; others are answered 400 or 415 in the one error form. */
export function serveRoutes<R extends JsonRoutes>(routes: R, handlers: Handlers<R>): Hono {
  const app = new Hono();
  for (const [name, { method, path, request = {} }] of Object.entries(routes)) {
    const { query, params, body } = request;
    const checks = [
      ...(query === undefined ? [] : [check('query', query)]),
      ...(params === undefined ? [] : [check('param', params)]),
      ...(body === undefined ? [] : [checkType, check('json', body.content['application/json'].schema)]),
    ];
    app.on([method], [path.replaceAll(/\{(\w+)\}/g, ':$1')], ...checks, handlers[name] as Handler);
  }
  return app;
}

/** What is not JSON is read as `{}`: after `checkType` that is only what is not there. */
function check(target: 'query' | 'param' | 'json', schema: z.ZodType): MiddlewareHandler {
  return validator(target, async (input, c) => {
    const { data, error } = await schema.safeParseAsync(input);
    return error === undefined ? data : errorAnswer(c, 400, 'BAD_INPUT', inputMessage(error, input));
  });
}

const checkType: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type');
  const isJson = type === undefined ? (await c.req.arrayBuffer()).byteLength === 0 : JSON_TYPE.test(type);
  if (isJson) return next();
  return errorAnswer(c, 415, 'BAD_INPUT', 'Send the body as JSON, with Content-Type: application/json.');
};

/** Names each value that cannot be used and what is allowed in its place. */
function inputMessage({ issues }: z.ZodError, input: unknown): string {
  return issues
    .map(({ path, message }) => {
      const name = path.map(String).join('.');
      const value = JSON.stringify(at(input, path));
      const got = value === undefined || path.length === 0 ? '' : ` (got ${value.slice(0, 80)})`;
      return `${name === '' ? '' : `${name}: `}${message}${got}`;
    })
    .join('; ');
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}
