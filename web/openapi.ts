import { OpenAPIHono, createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { errorAnswer } from './error-answer.ts';
import { ErrorJson } from './shapes.ts';

/** Ids are made by us: letters, digits, dashes. */
export const IdParam = z.object({ id: z.string().min(1).max(100) });

export const LimitQuery = z.coerce.number().int().min(1).max(1_000).default(100);

/** An app whose routes check their input by their own schemas and answer 400 in the one error form. */
export function typedApp(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      return errorAnswer(c, 400, 'BAD_INPUT', inputMessage(result.error, 'data' in result ? result.data : undefined));
    },
  });
}

/** Names each value that cannot be used and what is allowed in its place. */
function inputMessage(
  error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] },
  input: unknown,
): string {
  return error.issues
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

/** An answer in JSON. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON body that must be there. */
export function body<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** A JSON body that may be left out. */
export function optionalBody<S extends z.ZodType>(schema: S) {
  return { required: false, content: { 'application/json': { schema } } };
}

const error = (description: string) => json(description, ErrorJson);

/** What a route that takes input may answer. */
export const BAD_INPUT = { 400: error('The input cannot be used; the message names the value and what is allowed.') };
export const NOT_FOUND = { 404: error('There is no such object.') };
/** What every route that changes something may answer. */
export const CHANGE = {
  ...BAD_INPUT,
  401: error('The bearer token is missing or wrong.'),
  409: error('Refused, or somebody else was faster: nothing was changed.'),
};
/** The name of how callers show who they are; what it stands for is said where the API is served. */
export const CALLER_SCHEME = 'caller';
export const CALLER = [{ [CALLER_SCHEME]: [] }];

export { createRoute };
