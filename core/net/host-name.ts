const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What a resolver reads as an IPv4 number: `0x7f.1` is 127.0.0.1 to many. */
const NUMBER = /^(?:\d+|0x[0-9a-f]*)$/;
const MAX_LENGTH = 253;

/**
 * The host name in lower case without a final dot, or undefined when `text` is none: RFC 1123 section 2.1, labels of
 * 1-63 letters, digits and inner hyphens, 253 characters in all. A name whose last label is a number is none.
 */
export function toHostName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > MAX_LENGTH || !labels.every((label) => LABEL.test(label))) return undefined;
  return NUMBER.test(labels.at(-1) ?? '') ? undefined : name;
}
