import { has, hexOf, join, read16, word16 } from './bytes.ts';
import type { UdpProbe } from './probe.ts';

const RESPONSE = 0x80;
const HEADER = 12;

interface Question {
  readonly name: Uint8Array;
  readonly type: number;
  readonly kind: number;
}

/** Questions with our id and no wish for recursion. */
function query(token: Uint8Array, ...questions: readonly Question[]): Uint8Array {
  const asked = questions.map(({ name, type, kind }) => join(name, word16(type), word16(kind)));
  return join(token.subarray(0, 2), [0, 0, 0, asked.length, 0, 0, 0, 0, 0, 0], ...asked);
}

/** A response with our id. What it says (refused, not known, an answer) does not matter: somebody speaks the protocol. */
function isResponse(datagram: Uint8Array, token: Uint8Array): boolean {
  return datagram.length >= HEADER && has(datagram, 0, token.subarray(0, 2)) && (datagram[2] ?? 0) >= RESPONSE;
}

const labels = (...names: readonly string[]): Uint8Array => join(...names.flatMap((name) => [name.length, name]), 0);

/** Under which the name of an address is found (RFC 1035 section 3.5, RFC 3596 section 2.5). */
function reverseName(address: Uint8Array): Uint8Array {
  const parts = address.length === 4 ? Array.from(address, String) : Array.from(hexOf(address));
  return labels(...parts.reverse(), address.length === 4 ? 'in-addr' : 'ip6', 'arpa');
}

const [PTR, TXT, NBSTAT] = [12, 16, 0x21];
const [IN, CHAOS] = [1, 3];
/** The wish for an answer to the asker alone (RFC 6762 section 5.4). */
const UNICAST = 0x8000;

/** `version.bind` is answered by the server itself, with a text or a refusal: nothing is looked up elsewhere, and the answer is short. */
const dns: UdpProbe = {
  port: 53,
  service: 'dns',
  source: 'RFC 1035 section 4.1; RFC 4892 section 2 (version.bind)',
  repeats: true,
  otherPort: false,
  request: (token) => query(token, { name: labels('version', 'bind'), type: TXT, kind: CHAOS }),
  answers: isResponse,
};

/**
 * From a port that is not 5353, so that the answer repeats id and question and goes to us alone. A host that announces no service, as avahi
 * out of the box, is silent on the first question; it knows the name of its own address, which is the second.
 */
const mdns: UdpProbe = {
  port: 5353,
  service: 'mdns',
  source: 'RFC 6762 sections 4, 5.3, 5.4 and 6.7; RFC 6763 section 9',
  repeats: true,
  otherPort: false,
  request: (token, address) =>
    query(
      token,
      { name: labels('_services', '_dns-sd', '_udp', 'local'), type: PTR, kind: IN | UNICAST },
      { name: reverseName(address), type: PTR, kind: IN | UNICAST },
    ),
  answers: (datagram, token) => isResponse(datagram, token) && read16(datagram, 6) > 0,
};

/** The name `*` and 15 zero bytes, each half byte as a letter from A (RFC 1001 section 14.1). */
const ANY_NAME = labels(`CK${'A'.repeat(30)}`);

const netbios: UdpProbe = {
  port: 137,
  service: 'netbios-ns',
  source: 'RFC 1002 section 4.2.17 (node status request)',
  repeats: true,
  otherPort: false,
  request: (token) => query(token, { name: ANY_NAME, type: NBSTAT, kind: IN }),
  answers: isResponse,
};

export const NAME_PROBES: readonly UdpProbe[] = [dns, mdns, netbios];
