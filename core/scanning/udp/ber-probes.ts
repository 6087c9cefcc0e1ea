import { integer, integerOf, octets, OCTETS, readDatagram, readValue, sequence, SEQUENCE, tagged } from './ber.ts';
import type { UdpProbe } from './probe.ts';

/** 31 bits of the token: both protocols have ids of 0 to 2^31-1. */
function idOf(token: Uint8Array): number {
  return new DataView(token.buffer, token.byteOffset).getUint32(0) & 0x7fff_ffff;
}

const [GET_REQUEST, REPORTABLE, USM] = [0xa0, 0x04, 3];
const VERSION_3 = 3;

/**
 * SNMPv3's discovery of the agent's engine: an empty request without a user, answered by a report. It needs no community, so none is
 * guessed; an agent that speaks only versions 1 and 2c stays silent.
 */
const snmp: UdpProbe = {
  port: 161,
  service: 'snmp',
  source: 'RFC 3414 section 4 (discovery); RFC 3412 section 6',
  repeats: true,
  otherPort: false,
  request(token) {
    const id = integer(idOf(token));
    const parameters = sequence(octets(), integer(0), integer(0), octets(), octets(), octets());
    const pdu = tagged(GET_REQUEST, id, integer(0), integer(0), sequence());
    return sequence(
      integer(VERSION_3),
      sequence(id, integer(65_507), octets(Uint8Array.of(REPORTABLE)), integer(USM)),
      octets(parameters),
      sequence(octets(), octets(), pdu),
    );
  },
  answers(datagram, token) {
    const whole = readDatagram(datagram);
    if (whole?.tag !== SEQUENCE) return false;
    const version = readValue(datagram, whole.from, whole.to);
    if (integerOf(datagram, version) !== VERSION_3 || version === undefined) return false;
    const head = readValue(datagram, version.to, whole.to);
    if (head?.tag !== SEQUENCE) return false;
    const id = readValue(datagram, head.from, head.to);
    if (id === undefined || integerOf(datagram, id) !== idOf(token)) return false;
    const most = readValue(datagram, id.to, head.to);
    const flags = most === undefined ? undefined : readValue(datagram, most.to, head.to);
    // Only questions ask for a report.
    return flags?.tag === OCTETS && flags.to > flags.from && ((datagram[flags.from] ?? 0) & REPORTABLE) === 0;
  },
};

const [SEARCH, PRESENT, ENUMERATED, BOOLEAN] = [0x63, 0x87, 0x0a, 0x01];
const [ENTRY, DONE] = [0x64, 0x65];

/** One attribute of the root of the directory, so that the answer is short. */
const cldap: UdpProbe = {
  port: 389,
  service: 'cldap',
  source: 'RFC 4511 section 4.5.1 (search request), over UDP as RFC 3352 describes and MS-ADTS 3.1.1.3 uses it',
  repeats: true,
  otherPort: false,
  request(token) {
    const search = tagged(
      SEARCH,
      octets(),
      tagged(ENUMERATED, 0),
      tagged(ENUMERATED, 0),
      integer(1),
      integer(1),
      tagged(BOOLEAN, 0),
      tagged(PRESENT, 'objectClass'),
      sequence(octets('supportedLDAPVersion')),
    );
    return sequence(integer(idOf(token)), search);
  },
  answers(datagram, token) {
    const whole = readDatagram(datagram);
    if (whole?.tag !== SEQUENCE) return false;
    const id = readValue(datagram, whole.from, whole.to);
    if (id === undefined || integerOf(datagram, id) !== idOf(token)) return false;
    const tag = datagram[id.to];
    return tag === ENTRY || tag === DONE;
  },
};

export const BER_PROBES: readonly UdpProbe[] = [snmp, cldap];
