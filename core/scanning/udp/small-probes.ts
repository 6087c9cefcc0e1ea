import { has, hexOf, join, read16, word16 } from './bytes.ts';
import { MOST_READ, type UdpProbe } from './probe.ts';

/** Asks to read a file whose name nobody can have. Nothing is written, and no transfer begins. */
const tftp: UdpProbe = {
  port: 69,
  service: 'tftp',
  source: 'RFC 1350 sections 4 and 5; RFC 2347 (an option acknowledgement)',
  repeats: false,
  otherPort: true,
  request: (token) => join(0, 1, `portcullis-${hexOf(token)}`, 0, 'octet', 0),
  // Data, an error, or an option acknowledgement.
  answers: (datagram) => datagram.length >= 4 && [3, 5, 6].includes(read16(datagram, 0)),
};

/** Remote procedure call, procedure 0: does nothing, by definition. */
function nullCall(port: number, service: string, program: number, version: number): UdpProbe {
  return {
    port,
    service,
    source: 'RFC 5531 sections 9 and 12.1 (procedure 0); RFC 1833 section 3',
    repeats: true,
    otherPort: false,
    request: (token) =>
      join(
        token.subarray(0, 4),
        [0, 0, 0, 0, 0, 0, 0, 2, 0],
        [program >> 16, (program >> 8) & 255, program & 255],
        [0, 0, 0, version],
        new Uint8Array(20),
      ),
    answers: (datagram, token) => has(datagram, 0, token.subarray(0, 4)) && has(datagram, 4, [0, 0, 0, 1]),
  };
}

/** Version 4, mode 3. The transmit time may be any number (RFC 5905 section 14) and comes back as the origin time. */
const ntp: UdpProbe = {
  port: 123,
  service: 'ntp',
  source: 'RFC 5905 sections 7.3, 8 and 14',
  repeats: true,
  otherPort: false,
  request: (token) => join(0x23, new Uint8Array(39), token.subarray(0, 8)),
  answers: (datagram, token) =>
    datagram.length >= 48 && ((datagram[0] ?? 0) & 7) === 4 && has(datagram, 24, token.subarray(0, 8)),
};

/** RMCP header of class IPMI, then a session of no authentication. */
const RMCP = [6, 0, 0xff, 7];
const [BMC, CONSOLE, GET_CAPABILITIES] = [0x20, 0x81, 0x38];
const checksum = (...bytes: readonly number[]): number => -bytes.reduce((sum, byte) => sum + byte, 0) & 255;
/** The sequence number has the high six bits of its byte. */
const turnOf = (token: Uint8Array): number => (token[0] ?? 0) & 0xfc;

/** Which ways of authentication there are: the one question that is answered before any of them. */
const ipmi: UdpProbe = {
  port: 623,
  service: 'ipmi',
  source: 'IPMI 2.0 sections 13.6 and 22.13 (Get Channel Authentication Capabilities)',
  repeats: true,
  otherPort: false,
  request(token) {
    const body = [CONSOLE, turnOf(token), GET_CAPABILITIES, 0x8e, 4];
    return join(RMCP, new Uint8Array(9), 9, BMC, 0x18, checksum(BMC, 0x18), body, checksum(...body));
  },
  answers: (datagram, token) =>
    has(datagram, 0, [6, 0]) &&
    ((datagram[3] ?? 0) & 15) === 7 &&
    has(datagram, 18, [turnOf(token), GET_CAPABILITIES]) &&
    ((datagram[15] ?? 0) & 0xfc) === 0x1c,
};

/** The names and ports of the instances: there is no smaller question that every browser answers. */
const mssql: UdpProbe = {
  port: 1434,
  service: 'mssql-browser',
  source: 'MC-SQLR sections 2.2.2 and 2.2.5',
  repeats: false,
  otherPort: false,
  request: () => Uint8Array.of(3),
  answers(datagram) {
    const [told, read] = [(datagram[1] ?? 0) + (datagram[2] ?? 0) * 256, datagram.length - 3];
    return datagram[0] === 5 && (told === read || (told > read && datagram.length === MOST_READ));
  },
};

const MAGIC = [0x21, 0x12, 0xa4, 0x42];

const stun: UdpProbe = {
  port: 3478,
  service: 'stun',
  source: 'RFC 8489 sections 5 and 6.2 (binding request)',
  repeats: true,
  otherPort: false,
  request: (token) => join(word16(1), word16(0), MAGIC, token.subarray(0, 12)),
  answers: (datagram, token) =>
    [0x0101, 0x0111].includes(read16(datagram, 0)) &&
    has(datagram, 4, MAGIC) &&
    has(datagram, 8, token.subarray(0, 12)),
};

/** An empty confirmable message, which is refused with a reset: four bytes for four bytes. */
const coap: UdpProbe = {
  port: 5683,
  service: 'coap',
  source: 'RFC 7252 section 4.3 (CoAP ping)',
  repeats: true,
  otherPort: false,
  request: (token) => join(0x40, 0, token.subarray(0, 2)),
  // Version 1, an acknowledgement or a reset.
  answers: (datagram, token) => ((datagram[0] ?? 0) & 0xe0) === 0x60 && has(datagram, 2, token.subarray(0, 2)),
};

/** A frame of its own for UDP, with our request number, then the shortest command. */
const memcached: UdpProbe = {
  port: 11_211,
  service: 'memcached',
  source: 'memcached protocol.txt, section "UDP protocol"',
  repeats: true,
  otherPort: false,
  request: (token) => join(token.subarray(0, 2), [0, 0, 0, 1, 0, 0], 'version\r\n'),
  // Answers begin with a word in capitals.
  answers: (datagram, token) => has(datagram, 0, token.subarray(0, 2)) && ((datagram[8] ?? 0) & 0xe0) === 0x40,
};

/** Reads the number of the device itself; 4194303 stands for whatever its number is. Not Who-Is: its answer goes to everybody. */
const bacnet: UdpProbe = {
  port: 47_808,
  service: 'bacnet',
  source: 'ASHRAE 135 clause 15.5 (ReadProperty) and annex J (BACnet/IP)',
  repeats: true,
  otherPort: false,
  request: (token) =>
    join([0x81, 0x0a, 0, 17, 1, 4, 0, 5, token[0] ?? 0, 12], [0x0c, 0x02, 0x3f, 0xff, 0xff, 0x19, 0x4b]),
  // Acknowledgement, error, reject or abort, with our number.
  answers: (datagram, token) =>
    datagram[0] === 0x81 &&
    has(datagram, 4, [1, 0]) &&
    [3, 5, 6, 7].includes((datagram[6] ?? 0) >> 4) &&
    datagram[7] === token[0],
};

export const SMALL_PROBES: readonly UdpProbe[] = [
  tftp,
  nullCall(111, 'rpcbind', 100_000, 2),
  nullCall(2_049, 'nfs', 100_003, 3),
  ntp,
  ipmi,
  mssql,
  stun,
  coap,
  memcached,
  bacnet,
];
