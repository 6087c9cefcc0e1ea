/** Who is asked in the samples: 192.0.2.3. */
export const ADDRESS = Uint8Array.of(192, 0, 2, 3);
/** The token of the samples: a1 a2 ... b0. */
export const TOKEN = Uint8Array.from({ length: 16 }, (_, i) => 0xa1 + i);

export interface Sample {
  /** The request, in hex, blanks anywhere; text between quotes is ASCII. */
  readonly request: string;
  /** Right answers, as servers send them. */
  readonly answers: readonly string[];
  /** What is not an answer, beside the right answers to another token. */
  readonly others?: readonly string[];
}

const UUID = 'a1a2a3a4-a5a6-a7a8-a9aa-abacadaeafb0';
const HEX = 'a1a2a3a4a5a6a7a8a9aaabacadaeafb0';
const ENVELOPE = `'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><soap:Header><wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action><wsa:MessageID>urn:uuid:${UUID}</wsa:MessageID><wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To></soap:Header><soap:Body><wsd:Probe/></soap:Body></soap:Envelope>'`;
const IKE = `a1a2a3a4a5a6a7a8 0000000000000000 21 20 22 08 00000000 000000c4
  22 00 002c 00 00 0028 01 01 00 04  03 00 0008 01 00 0002  03 00 0008 02 00 0001  03 00 0008 03 00 0001  00 00 0008 04 00 0001
  28 00 0068 0001 0000 ${HEX.repeat(6)}  00 00 0014 ${HEX}`;
/** Answers of charon (strongSwan 5.9.8): NO_PROPOSAL_CHOSEN; and of one that speaks version 1 alone. */
const IKE_ANSWERS = [
  'a1a2a3a4a5a6a7a8 0102030405060708 29 20 22 20 00000000 00000024 00 00 0008 0000 000e',
  'a1a2a3a4a5a6a7a8 0000000000000000 0b 10 05 00 00000000 00000028 00 00 000c 00000001 0100 0005',
];

export const SAMPLES: Readonly<Record<number, Sample>> = {
  // Header with one question, then 7 "version" 4 "bind" 0, TXT, CHAOS.
  53: {
    request: "a1a2 0000 0001 0000 0000 0000 07 'version' 04 'bind' 00 0010 0003",
    answers: [
      // dnsmasq's text, and a refusal.
      "a1a2 8500 0001 0001 0000 0000 07 'version' 04 'bind' 00 0010 0003 c00c 0010 0003 00000000 000d 0c 'dnsmasq-2.90'",
      "a1a2 8005 0001 0000 0000 0000 07 'version' 04 'bind' 00 0010 0003",
    ],
    // The question itself, a header cut short.
    others: ["a1a2 0000 0001 0000 0000 0000 07 'version' 04 'bind' 00 0010 0003", 'a1a2 8005 0001'],
  },
  69: {
    request: `0001 'portcullis-${HEX}' 00 'octet' 00`,
    answers: ["0005 0001 'File not found' 00", "0006 'tsize' 00 '0' 00", "0003 0001 'x'"],
    others: ['0001 0000', '00', '0500 0001'],
  },
  111: {
    request: 'a1a2a3a4 00000000 00000002 000186a0 00000002 00000000 0000000000000000 0000000000000000',
    answers: [
      'a1a2a3a4 00000001 00000000 0000000000000000 00000000',
      'a1a2a3a4 00000001 00000001 00000000 00000002 00000002',
    ],
    others: ['a1a2a3a4 00000000 00000002'],
  },
  123: {
    request: `23 ${'00'.repeat(39)} a1a2a3a4a5a6a7a8`,
    answers: [`24 0a 00 e9 ${'00'.repeat(20)} a1a2a3a4a5a6a7a8 ${'11'.repeat(16)}`],
    others: [`23 ${'00'.repeat(39)} a1a2a3a4a5a6a7a8`, '24 0a'],
  },
  137: {
    request: `a1a2 0000 0001 0000 0000 0000 20 'CK${'A'.repeat(30)}' 00 0021 0001`,
    answers: [`a1a2 8400 0000 0001 0000 0000 20 'CK${'A'.repeat(30)}' 00 0021 0001 00000000 0001 00`],
  },
  161: {
    request: `30 3e 02 01 03  30 11 02 04 21a2a3a4 02 03 00ffe3 04 01 04 02 01 03
      04 10 30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00
      30 14 04 00 04 00 a0 0e 02 04 21a2a3a4 02 01 00 02 01 00 30 00`,
    answers: [
      // A report of net-snmp, and its beginning with a length in two bytes.
      `30 2b 02 01 03 30 11 02 04 21a2a3a4 02 03 00ffe3 04 01 00 02 01 03 04 10 30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00 30 01 00`,
      '30 81 13 02 01 03 30 0e 02 04 21a2a3a4 02 01 7f 04 01 00 02 01 03',
    ],
    // Version 2c; a head beyond the datagram.
    others: [
      "30 0d 02 01 01 04 06 'public' a2 00",
      '30 7f 02 01 03 30 06 02 04 21a2a3a4',
      '30 0e 02 01 03 30 0e 02 04 21a2a3a4 02 01 7f',
    ],
  },
  389: {
    request: `30 3e 02 04 21a2a3a4 63 36 04 00 0a 01 00 0a 01 00 02 01 01 02 01 01 01 01 00
      87 0b 'objectClass' 30 16 04 14 'supportedLDAPVersion'`,
    answers: [
      '30 84 0000000a 02 04 21a2a3a4 64 02 04 00',
      '30 0d 02 04 21a2a3a4 65 07 0a 01 00 04 00 04 00',
      // The whole root of a directory, of which the end was cut off.
      `30 84 00001000 02 04 21a2a3a4 64 84 00000ff6 04 00 ${'41'.repeat(2_028)}`,
    ],
    others: ['30 0d 02 04 21a2a3a4 61 07 0a 01 00 04 00 04 00'],
  },
  443: {
    request: `c0 1a2a3a4a 08 a1a2a3a4a5a6a7a8 08 a9aaabacadaeafb0 ${'00'.repeat(1_177)}`,
    answers: ['d5 00000000 08 a9aaabacadaeafb0 08 a1a2a3a4a5a6a7a8 00000001 6b3343cf'],
    // Another version; connection numbers not swapped; no version at all.
    others: [
      'd5 00000001 08 a9aaabacadaeafb0 08 a1a2a3a4a5a6a7a8 00000001',
      'd5 00000000 08 a1a2a3a4a5a6a7a8 08 a9aaabacadaeafb0 00000001',
      'd5 00000000 08 a9aaabacadaeafb0 08 a1a2a3a4a5a6a7a8',
    ],
  },
  500: { request: IKE, answers: IKE_ANSWERS, others: ['a1a2a3a4a5a6a7a8', `00000000 ${IKE_ANSWERS[0]}`] },
  4500: {
    request: `00000000 ${IKE}`,
    answers: IKE_ANSWERS.map((one) => `00000000 ${one}`),
    others: [IKE_ANSWERS[0]!, 'ff'],
  },
  623: {
    // Checksums make the sums of the bytes they end a multiple of 256.
    request: '06 00 ff 07 00 00000000 00000000 09 20 18 c8 81 a0 38 8e 04 15',
    answers: ['06 00 ff 07 00 00000000 00000000 10 81 1c 63 20 a0 38 00 01 86 1e 00 00 00 00 00 00'],
    others: ['06 00 ff 06 000011be 40 00 00 10', '06 00 ff 07 00 00000000 00000000 10 81 1c 63 20 a0 39 00'],
  },
  1194: {
    request: '38 a1a2a3a4a5a6a7a8 00 00000000',
    answers: ['40 1112131415161718 01 00000000 a1a2a3a4a5a6a7a8 00000000'],
    others: ['38 a1a2a3a4a5a6a7a8 00 00000000', '40 1112131415161718 00 00000000'],
  },
  1434: {
    request: '03',
    // The second is of many instances, of which the end was cut off.
    answers: ["05 0a00 'ServerName'", `05 0010 'ServerName' ${'41'.repeat(2_035)}`],
    others: ["05 0b00 'ServerName'", '05', '03'],
  },
  1701: {
    request: `c8 02 003e 0000 0000 0000 0000  8008 0000 0000 0001  8008 0000 0002 0200  800a 0000 0003 00000003
      8010 0000 0007 'portcullis'  8008 0000 0009 a1a2`,
    answers: ['c8 02 0026 a1a2 0000 0000 0001 8008 0000 0000 0004 8008 0000 0009 0001 800a 0000 0001 0005 0100'],
    others: ['c8 02 000c a1a3 0000 0000 0001', '02 02 000c a1a2 0000 0000 0001', 'c8 02'],
  },
  1900: {
    request: `'M-SEARCH * HTTP/1.1' 0d0a 'HOST: 239.255.255.250:1900' 0d0a 'MAN: "ssdp:discover"' 0d0a 'MX: 1' 0d0a 'ST: upnp:rootdevice' 0d0a 0d0a`,
    answers: ["'HTTP/1.1 200 OK' 0d0a 'ST: upnp:rootdevice' 0d0a0d0a"],
    others: ["'NOTIFY * HTTP/1.1' 0d0a"],
  },
  2049: {
    request: 'a1a2a3a4 00000000 00000002 000186a3 00000003 00000000 0000000000000000 0000000000000000',
    answers: ['a1a2a3a4 00000001 00000000 0000000000000000 00000000'],
  },
  3478: {
    request: '0001 0000 2112a442 a1a2a3a4a5a6a7a8a9aaabac',
    answers: [
      '0101 000c 2112a442 a1a2a3a4a5a6a7a8a9aaabac 0020 0008 0001 1111 11111111',
      '0111 0000 2112a442 a1a2a3a4a5a6a7a8a9aaabac',
    ],
    others: ['0001 0000 2112a442 a1a2a3a4a5a6a7a8a9aaabac', '0101 0000 00000000 a1a2a3a4a5a6a7a8a9aaabac'],
  },
  3702: {
    request: ENVELOPE,
    answers: [`'<?xml version="1.0"?><a:RelatesTo>urn:uuid:${UUID.toUpperCase()}</a:RelatesTo>'`],
    others: ["'<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</a:Action>'"],
  },
  5060: {
    request: `'OPTIONS sip:portcullis.invalid SIP/2.0' 0d0a
      'Via: SIP/2.0/UDP portcullis.invalid;branch=z9hG4bK${HEX};rport' 0d0a 'Max-Forwards: 0' 0d0a
      'From: <sip:portcullis@portcullis.invalid>;tag=a1a2a3a4' 0d0a 'To: <sip:portcullis.invalid>' 0d0a
      'Call-ID: ${HEX}' 0d0a 'CSeq: 1 OPTIONS' 0d0a 'Content-Length: 0' 0d0a 0d0a`,
    answers: [`'SIP/2.0 483 Too Many Hops' 0d0a 'Call-ID: ${HEX}' 0d0a0d0a`],
    others: [`'OPTIONS sip:a SIP/2.0' 0d0a 'Call-ID: ${HEX}'`],
  },
  5353: {
    // Two questions: services, and the name of the address that is asked.
    request: `a1a2 0000 0002 0000 0000 0000 09 '_services' 07 '_dns-sd' 04 '_udp' 05 'local' 00 000c 8001
      01 '3' 01 '2' 01 '0' 03 '192' 07 'in-addr' 04 'arpa' 00 000c 8001`,
    answers: [
      "a1a2 8400 0001 0001 0000 0000 09 '_services' 07 '_dns-sd' 04 '_udp' 05 'local' 00 000c 0001 c00c 000c 0001 0000000a 0002 c000",
      // avahi 0.8 without a service of its own: both questions, one answer.
      `a1a2 8400 0002 0001 0000 0000 09 '_services' 07 '_dns-sd' 04 '_udp' 05 'local' 00 000c 8001
        01 '3' 01 '2' 01 '0' 03 '192' 07 'in-addr' 04 'arpa' 00 000c 8001 c02e 000c 0001 0000000a 0005 02 'vm' c023`,
    ],
    // No answer in it.
    others: ['a1a2 8400 0000 0000 0000 0000'],
  },
  5683: { request: '40 00 a1a2', answers: ['70 00 a1a2', '60 00 a1a2'], others: ['40 00 a1a2', '70 00'] },
  11_211: {
    request: "a1a2 0000 0001 0000 'version' 0d0a",
    answers: ["a1a2 0000 0001 0000 'VERSION 1.6.18' 0d0a"],
    others: ['a1a2 0000 0001 0000'],
  },
  47_808: {
    request: '81 0a 0011 01 04 00 05 a1 0c 0c 023fffff 19 4b',
    answers: ['81 0a 0014 01 00 30 a1 0c 0c 02000001 19 4b 3e c4 02000001 3f', '81 0a 0009 01 00 50 a1 0c'],
    others: ['81 0a 0014 01 00 10 00 c4 02000001', '81 0a 0009 01 00'],
  },
};

/** The bytes of a sample's notation. */
export function bytesOf(text: string): Uint8Array {
  const parts = text.split("'").map((part, i) => {
    if (i % 2 === 1) return Buffer.from(part, 'latin1');
    const hex = part.replaceAll(/\s/g, '');
    if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new Error(`"${part}" is not hex`);
    return Buffer.from(hex, 'hex');
  });
  return Uint8Array.from(Buffer.concat(parts));
}
