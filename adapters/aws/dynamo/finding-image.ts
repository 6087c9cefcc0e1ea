import { Finding } from '../../../core/findings/finding.ts';
import { type Item, readBody } from './body.ts';
import { FINDINGS } from './keys.ts';

/** An item as a stream gives it to a function: each attribute under the letter of its type, bytes in Base64. */
export type StreamImage = Readonly<
  Record<string, { readonly S?: string | undefined; readonly B?: string | undefined }>
>;

/**
 * The finding in an image; undefined for items of another kind.
 * @throws CorruptItem for a finding's item that does not hold one
 */
export function readFindingImage(image: StreamImage): Finding | undefined {
  const pk = image['pk']?.S ?? '';
  if (!pk.startsWith(`${FINDINGS}#`)) return undefined;
  const { S: text, B: base64 } = image['body'] ?? {};
  const item: Item = {
    pk,
    sk: image['sk']?.S ?? '',
    body: text ?? (base64 === undefined ? undefined : Buffer.from(base64, 'base64')),
  };
  return readBody(item, Finding);
}
