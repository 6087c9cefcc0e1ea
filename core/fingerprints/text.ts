import { BadInput, messageOf } from '../errors.ts';
import { type Address, isIPv6, parseAddress } from '../net/address.ts';
import { type PortRange, PortSet } from '../net/port-set.ts';
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

/** Characters of a message about a line, which quotes what it cannot read. */
const MESSAGE_CHARACTERS = 400;

/**
 * One fingerprint a line; blank lines and everything after `#` are left out. Lines of one address and protocol are added
 * together. In the order in which these first appear.
 * @throws BadInput with the number of the first line that cannot be read.
 */
export function parseFingerprintFile(text: string): FingerprintText[] {
  const lines = new FingerprintLines();
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) lines.add(line, index + 1);
  return lines.all();
}

/** `parseFingerprintFile` for lines that arrive one after the other. */
export class FingerprintLines {
  readonly #read = new Map<string, { address: Address; protocol: Protocol; ranges: PortRange[] }>();

  /** @throws BadInput with the number of the line when it cannot be read. */
  add(raw: string, number: number): void {
    const line = (raw.replace(/^\uFEFF/, '').split('#', 1)[0] ?? '').trim();
    if (line === '') return;
    const { address, protocol, open } = readLine(line, number);
    const key = `${protocol} ${address}`;
    let known = this.#read.get(key);
    if (known === undefined) this.#read.set(key, (known = { address, protocol, ranges: [] }));
    // Not united line by line: there may be one for every port.
    known.ranges.push(...open.ranges);
  }

  all(): FingerprintText[] {
    return [...this.#read.values()].map(({ address, protocol, ranges }) => ({
      address,
      protocol,
      open: PortSet.fromRanges(ranges),
    }));
  }
}

function readLine(line: string, number: number): FingerprintText {
  try {
    return parseFingerprint(line);
  } catch (error) {
    const why = messageOf(error);
    const cut = why.length > MESSAGE_CHARACTERS ? `${why.slice(0, MESSAGE_CHARACTERS)}...` : why;
    throw new BadInput(`Line ${number}: ${cut}`, { cause: error });
  }
}
