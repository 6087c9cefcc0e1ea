import { has, join, read16, word16 } from './bytes.ts';
import type { UdpProbe } from './probe.ts';

const IKE_HEADER = 28;
const [SA, KE, NONCE, NONE] = [33, 34, 40, 0];
const [VERSION_2, SA_INIT, INITIATOR, RESPONSE] = [0x20, 34, 0x08, 0x20];

const payload = (next: number, ...contents: readonly (Uint8Array | readonly number[])[]): Uint8Array => {
  const inner = join(...contents);
  return join(next, 0, word16(4 + inner.length), inner);
};
const transform = (last: boolean, type: number, id: number): Uint8Array =>
  join(last ? 0 : 3, 0, 0, 8, type, 0, word16(id));

/**
 * IKE_SA_INIT that offers only DES, HMAC-MD5 and 768-bit Diffie-Hellman, which are accepted no more: the refusal (NO_PROPOSAL_CHOSEN)
 * needs no key, is short, and leaves no half-open association behind. Responders of version 1 answer that the version is wrong.
 */
function ikeRequest(token: Uint8Array): Uint8Array {
  const transforms = join(
    transform(false, 1, 2),
    transform(false, 2, 1),
    transform(false, 3, 1),
    transform(true, 4, 1),
  );
  const proposal = join(0, 0, word16(8 + transforms.length), 1, 1, 0, 4, transforms);
  const body = join(
    payload(KE, proposal),
    payload(
      NONCE,
      word16(1),
      [0, 0],
      Array.from({ length: 96 }, (_, i) => token[i % token.length] ?? 0),
    ),
    payload(NONE, token),
  );
  return join(
    token.subarray(0, 8),
    new Uint8Array(8),
    [SA, VERSION_2, SA_INIT, INITIATOR, 0, 0, 0, 0, 0, 0],
    word16(IKE_HEADER + body.length),
    body,
  );
}

/** A response of version 2, or anything of version 1, which has no mark of its own for responses. */
function isIke(datagram: Uint8Array, token: Uint8Array, at: number): boolean {
  if (datagram.length < at + IKE_HEADER || !has(datagram, at, token.subarray(0, 8))) return false;
  const version = (datagram[at + 17] ?? 0) >> 4;
  return version === 1 || (version === 2 && ((datagram[at + 19] ?? 0) & RESPONSE) !== 0);
}

/** Marks IKE among ESP on port 4500. */
const MARKER = [0, 0, 0, 0];

const IKE_SOURCE = 'RFC 7296 sections 1.2, 2.7 and 3.1-3.4';
const ike: UdpProbe = {
  port: 500,
  service: 'ike',
  source: IKE_SOURCE,
  repeats: true,
  otherPort: false,
  request: ikeRequest,
  answers: (datagram, token) => isIke(datagram, token, 0),
};
const ikeNat: UdpProbe = {
  port: 4500,
  service: 'ike-nat-t',
  source: `${IKE_SOURCE}; RFC 3948 section 2.2`,
  repeats: true,
  otherPort: false,
  request: (token) => join(MARKER, ikeRequest(token)),
  answers: (datagram, token) => has(datagram, 0, MARKER) && isIke(datagram, token, MARKER.length),
};

const [CONTROL, L2TP_VERSION] = [0xc8, 0x02];
const pair = (type: number, ...value: readonly (string | number | Uint8Array | readonly number[])[]): Uint8Array => {
  const inner = join(...value);
  return join(word16(0x8000 | (6 + inner.length)), 0, 0, word16(type), inner);
};

/**
 * A request for a tunnel of protocol version 2.0, which does not exist: the refusal (StopCCN, result 5) ends what the request began.
 * The answer carries our tunnel number in its header.
 */
const l2tp: UdpProbe = {
  port: 1701,
  service: 'l2tp',
  source: 'RFC 2661 sections 3.1, 4.4.2, 4.4.3 and 6.1',
  repeats: true,
  otherPort: false,
  request(token) {
    const pairs = join(
      pair(0, word16(1)),
      pair(2, 2, 0),
      pair(3, 0, 0, 0, 3),
      pair(7, 'portcullis'),
      pair(9, l2tpNumber(token)),
    );
    return join(CONTROL, L2TP_VERSION, word16(12 + pairs.length), new Uint8Array(8), pairs);
  },
  answers: (datagram, token) =>
    datagram.length >= 12 &&
    ((datagram[0] ?? 0) & CONTROL) === CONTROL &&
    ((datagram[1] ?? 0) & 15) === L2TP_VERSION &&
    has(datagram, 4, l2tpNumber(token)),
};

/** Zero is no tunnel. */
function l2tpNumber(token: Uint8Array): Uint8Array {
  return Uint8Array.of((token[0] ?? 0) | 1, token[1] ?? 0);
}

const [RESET_CLIENT, RESET_SERVER] = [7, 8];

/** The first packet of a session. A server of version 2.6 or later keeps nothing of it; older ones forget it after a minute. */
const openvpn: UdpProbe = {
  port: 1194,
  service: 'openvpn',
  source: 'OpenVPN protocol (openvpn-rfc, sections on P_CONTROL_HARD_RESET_CLIENT_V2 and acknowledgements)',
  repeats: true,
  otherPort: false,
  request: (token) => join(RESET_CLIENT << 3, token.subarray(0, 8), 0, [0, 0, 0, 0]),
  answers(datagram, token) {
    if ((datagram[0] ?? 0) >> 3 !== RESET_SERVER) return false;
    // After opcode, session and acknowledged packets comes the session that is acknowledged: ours.
    const acknowledged = datagram[9] ?? 0;
    return acknowledged > 0 && has(datagram, 10 + acknowledged * 4, token.subarray(0, 8));
  },
};

const QUIC_BYTES = 1_200;
/** Of the form ?a?a?a?a: kept free so that it is never spoken (RFC 9000 section 15). */
const NO_VERSION = [0x1a, 0x2a, 0x3a, 0x4a];

/** Servers answer shorter packets of unknown versions with nothing (RFC 9000 section 6.1). The answer is far shorter than the question. */
const quic: UdpProbe = {
  port: 443,
  service: 'quic',
  source: 'RFC 8999 sections 5.1 and 6; RFC 9000 sections 6.1 and 14.1',
  repeats: true,
  otherPort: false,
  request(token) {
    const head = join(0xc0, NO_VERSION, 8, token.subarray(0, 8), 8, token.subarray(8, 16));
    return join(head, new Uint8Array(QUIC_BYTES - head.length));
  },
  answers: (datagram, token) =>
    (datagram[0] ?? 0) >= 0x80 &&
    has(datagram, 1, [0, 0, 0, 0, 8]) &&
    has(datagram, 6, token.subarray(8, 16)) &&
    datagram[14] === 8 &&
    has(datagram, 15, token.subarray(0, 8)) &&
    read16(datagram, 23) + read16(datagram, 25) > 0,
};

export const TUNNEL_PROBES: readonly UdpProbe[] = [ike, ikeNat, l2tp, openvpn, quic];
