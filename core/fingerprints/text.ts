import { BadInput, messageOf } from '../errors.ts';
import { type Address, isIPv6, parseAddress } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';

export interface FingerprintText {
  address: Address;
  protocol: Protocol;
  open: PortSet;
}

/**
 * `192.0.2.3:22,80,443`, `[2001:db8::1]:22`; consecutive ports as a range, `8000-8002`; nothing after the colon when none is open. Of UDP
 * `192.0.2.3:udp/53,161`.
 */
export function printFingerprint(address: Address, open: PortSet, protocol: Protocol = 'tcp'): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${protocol === 'tcp' ? '' : 'udp/'}${open.intersect(PortSet.ALL).toString()}`;
}

/**
 * Reads what `printFingerprint` prints.
 * @throws BadInput naming the text and what is allowed.
 */
export function parseFingerprint(text: string): FingerprintText {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(udp\/|tcp\/)?(.*)$/is.exec(text.trim());
  if (!match) {
    throw new BadInput(
      `"${text.trim()}" is not a fingerprint: write address:port,port such as 192.0.2.3:22,80, [2001:db8::1]:22 or 192.0.2.3:udp/53,161.`,
    );
  }
  const address = parseAddress(match[1] ?? match[2] ?? '');
  const protocol = match[3]?.toLowerCase() === 'udp/' ? 'udp' : 'tcp';
  const open = PortSet.parse(match[4] ?? '');
  if (open.has(0)) throw new BadInput(`Port 0 of ${address} does not exist: ports are 1 to 65535.`);
  return { address, protocol, open };
}

/**
 * One fingerprint a line; blank lines and everything after `#` are left out. Lines of one address and protocol are added
 * together. In the order in which these first appear.
 * @throws BadInput with the number of the first line that cannot be read.
 */
export function parseFingerprintFile(text: string): FingerprintText[] {
  const read = new Map<string, FingerprintText>();
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = (raw.split('#', 1)[0] ?? '').trim();
    if (line === '') continue;
    const { address, protocol, open } = readLine(line, index + 1);
    const key = `${protocol} ${address}`;
    read.set(key, { address, protocol, open: (read.get(key)?.open ?? PortSet.EMPTY).union(open) });
  }
  return [...read.values()];
}

function readLine(line: string, number: number): FingerprintText {
  try {
    return parseFingerprint(line);
  } catch (error) {
    throw new BadInput(`Line ${number}: ${messageOf(error)}`, { cause: error });
  }
}
