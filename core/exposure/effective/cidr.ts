import { type Address, toAddress } from '../../net/address.ts';
import { type Family, WIDTH, addressOf, numberOf } from '../../net/address-number.ts';
import { type Interval, type Intervals, blocksOf, normalise } from '../../net/intervals.ts';

/** A network as EC2 gives it; bits behind the prefix are ignored, as EC2 ignores them. null when the text is no network. */
export function readCidr(
  text: string,
): { readonly family: Family; readonly interval: Interval; readonly prefix: number } | null {
  const slash = text.indexOf('/');
  const address: Address | undefined = toAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return null;
  const { family, value } = numberOf(address);
  const written = slash === -1 ? String(WIDTH[family]) : text.slice(slash + 1);
  const prefix = /^\d{1,3}$/.test(written) ? Number(written) : Number.NaN;
  if (!(prefix <= WIDTH[family])) return null;
  const bits = BigInt(WIDTH[family] - prefix);
  const first = (value >> bits) << bits;
  return { family, interval: [first, first + (1n << bits) - 1n], prefix };
}

/** The networks of one family, as a set; null when one of them cannot be read. */
export function readCidrs(family: Family, texts: readonly string[]): Intervals | null {
  const found: Interval[] = [];
  for (const text of texts) {
    const cidr = readCidr(text);
    if (cidr === null) return null;
    if (cidr.family === family) found.push(cidr.interval);
  }
  return normalise(found);
}

/** As `AddressSet` writes it: the fewest networks, ascending, a single address without a prefix. */
export function textOf(family: Family, set: Intervals): string {
  const out: string[] = [];
  const write = (from: bigint, prefix: number): void => {
    const address = addressOf(family, from);
    out.push(prefix === WIDTH[family] ? address : `${address}/${prefix}`);
  };
  if (family === 'v4') for (const interval of set) writeBlocks(interval, write);
  else for (const { from, prefix } of blocksOf(set, WIDTH.v6)) write(from, prefix);
  return out.join(',');
}

const SPACE_V4 = 2 ** WIDTH.v4;

/** `blocksOf` for IPv4 without big numbers: answers are written far more often than IPv6 ones, with dozens of networks each. */
function writeBlocks([first, last]: Interval, write: (from: bigint, prefix: number) => void): void {
  const to = Number(last);
  for (let from = Number(first); from <= to;) {
    let size = from === 0 ? SPACE_V4 : (from & -from) >>> 0;
    while (size > to - from + 1) size /= 2;
    write(BigInt(from), WIDTH.v4 - Math.log2(size));
    from += size;
  }
}
