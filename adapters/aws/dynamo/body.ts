import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type * as z from 'zod';
import { CorruptItem } from './store-errors.ts';
import type { Key } from './keys.ts';

/** An item as it comes from the table. */
export type Item = Record<string, unknown> & Key;

/** Characters of JSON above which a body is compressed: below it the read units saved are few. An item may have 400 KB. */
const COMPRESS_ABOVE = 16_384;

/** The most a body may become again, bytes: an address with all 65,535 ports open and their history takes 6 MB. */
const MAX_DECOMPRESSED = 64 * 1024 * 1024;

/** Makes those 6 MB 80-170 KB in 30 ms; deflate leaves up to 510 KB, which no item can hold. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** An entity as one attribute: JSON text, or the same in Brotli when it is long. One attribute costs the client far less than a nested map. */
export function toBody(entity: unknown): string | Uint8Array {
  const json = JSON.stringify(entity);
  return json.length > COMPRESS_ABOVE ? brotliCompressSync(json, QUALITY) : json;
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
  if (body instanceof Uint8Array)
    return brotliDecompressSync(body, { maxOutputLength: MAX_DECOMPRESSED }).toString('utf8');
  throw new TypeError(`its body is ${body === undefined ? 'missing' : typeof body}, not text or bytes`);
}
