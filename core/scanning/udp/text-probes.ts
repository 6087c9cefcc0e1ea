import { hexOf, join, textOf } from './bytes.ts';
import type { UdpProbe } from './probe.ts';

const lines = (...text: readonly string[]): Uint8Array => join(text.map((line) => `${line}\r\n`).join(''), '\r\n');

/** Asks for root devices alone, not for everything, and goes to this one host. */
const ssdp: UdpProbe = {
  port: 1900,
  service: 'ssdp',
  source: 'UPnP Device Architecture 1.1 section 1.3.2 (unicast M-SEARCH)',
  repeats: false,
  otherPort: false,
  request: () =>
    lines('M-SEARCH * HTTP/1.1', 'HOST: 239.255.255.250:1900', 'MAN: "ssdp:discover"', 'MX: 1', 'ST: upnp:rootdevice'),
  answers: (datagram) => /^HTTP\/1\.[01] \d{3}/i.test(textOf(datagram, 16)),
};

const callOf = (token: Uint8Array): string => hexOf(token);

/** `rport` (RFC 3581) brings the answer to where the question came from, whatever the host in Via is. */
const sip: UdpProbe = {
  port: 5060,
  service: 'sip',
  source: 'RFC 3261 section 11 (OPTIONS); RFC 3581',
  repeats: true,
  otherPort: false,
  request(token) {
    const id = callOf(token);
    return lines(
      'OPTIONS sip:portcullis.invalid SIP/2.0',
      `Via: SIP/2.0/UDP portcullis.invalid;branch=z9hG4bK${id};rport`,
      'Max-Forwards: 0',
      `From: <sip:portcullis@portcullis.invalid>;tag=${id.slice(0, 8)}`,
      'To: <sip:portcullis.invalid>',
      `Call-ID: ${id}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
    );
  },
  answers(datagram, token) {
    const text = textOf(datagram);
    return text.startsWith('SIP/2.0 ') && text.toLowerCase().includes(callOf(token));
  },
};

/** The token as a UUID. */
function uuidOf(token: Uint8Array): string {
  const hex = hexOf(token);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';

/** `wsa` is the prefix that everybody writes: wsdd2, of network drives and routers, reads no other. */
const wsDiscovery: UdpProbe = {
  port: 3702,
  service: 'ws-discovery',
  source: 'WS-Discovery (April 2005) sections 5.2 and 5.3, which devices and Windows speak',
  repeats: true,
  otherPort: false,
  request: (token) =>
    join(
      `<soap:Envelope xmlns:soap="${SOAP}" xmlns:wsa="${ADDRESSING}" xmlns:wsd="${DISCOVERY}"><soap:Header>`,
      `<wsa:Action>${DISCOVERY}/Probe</wsa:Action><wsa:MessageID>urn:uuid:${uuidOf(token)}</wsa:MessageID>`,
      '<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To></soap:Header>',
      '<soap:Body><wsd:Probe/></soap:Body></soap:Envelope>',
    ),
  answers(datagram, token) {
    const text = textOf(datagram).toLowerCase();
    return text.includes('relatesto') && text.includes(uuidOf(token));
  },
};

export const TEXT_PROBES: readonly UdpProbe[] = [ssdp, sip, wsDiscovery];
