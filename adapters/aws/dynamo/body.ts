import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type * as z from 'zod';
import { CorruptItem } from './store-errors.ts';
import type { Key } from './keys.ts';

/** An item as it comes from the table. */
export type Item = Record<string, unknown> & Key;

/** Characters of JSON above which a body is deflated: below it the read units saved are few. An item may have 400 KB. */
const DEFLATE_ABOVE = 16_384;

/** The most a body may inflate to, bytes: an address with all 65,535 ports and their history takes 6 MB. */
const MAX_INFLATED = 64 * 1024 * 1024;

/** An entity as one attribute: JSON text, or deflated JSON when it is long. One attribute costs the client far less than a nested map. */
export function toBody(entity: unknown): string | Uint8Array {
  const json = JSON.stringify(entity);
  return json.length > DEFLATE_ABOVE ? deflateRawSync(json) : json;
}

/** @throws CorruptItem naming pk and sk. */
export function readBody<T>(item: Item, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(jsonOf(item['body'])));
  } catch (thrown) {
    throw new CorruptItem(item, thrown);
  }
}

function jsonOf(body: unknown): string {
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return inflateRawSync(body, { maxOutputLength: MAX_INFLATED }).toString('utf8');
  throw new TypeError(`its body is ${body === undefined ? 'missing' : typeof body}, not text or bytes`);
}
