import * as z from 'zod';
import { ErrorJson } from '../shapes.ts';

/** What a request may be and what is answered: `serveRoutes` checks requests by it, `writeDocument` writes it down. */
export type Route<BodyType extends string = string> = {
  readonly method: 'get' | 'post';
  /** With `{name}` for a parameter. */
  readonly path: string;
  readonly summary: string;
  readonly security?: Record<string, string[]>[];
  readonly request?: {
    readonly params?: z.ZodObject;
    readonly query?: z.ZodObject;
    readonly body?: { readonly required: boolean; readonly content: Content<BodyType> };
  };
  /** By status. */
  readonly responses: Record<number, { readonly description: string; readonly content?: Content<string> }>;
};
type Content<Type extends string> = Record<Type, { readonly schema: z.ZodType }>;

/** Routes by names of our own, in the order of the document. */
export type Routes<BodyType extends string = string> = Readonly<Record<string, Route<BodyType>>>;

/** The routes as they are: their types are those of the handlers. */
export function describeRoutes<const R extends Routes>(routes: R): R {
  return routes;
}

/** Ids are made by us: letters, digits, dashes. */
export const IdParam = z.object({ id: z.string().min(1).max(100) });

const LIMIT = 'write a whole number, 1 to 1000';
export const LimitQuery = z.coerce
  .number({ error: LIMIT })
  .int({ error: LIMIT })
  .min(1, { error: LIMIT })
  .max(1_000, { error: LIMIT })
  .default(100);

/** An answer in JSON. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** A JSON body that must be there. */
export function body<S extends z.ZodType>(schema: S) {
  return { required: true, content: { 'application/json': { schema } } };
}

/** A JSON body that may be left out, which is as good as `{}`. */
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
