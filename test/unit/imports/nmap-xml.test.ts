import { describe, expect, it } from 'vitest';
import { nmapXml } from '../../../fargate-scanner/formats/nmap-xml.ts';
import { line, readAll, sample } from './read.ts';

const RUN = '<nmaprun scanner="nmap" start="1795248133" version="7.93">';
const SCAN = '<scaninfo type="syn" protocol="tcp" numservices="100" services="1-100"/>';
const host = (inside: string) =>
  `<host starttime="1795248134" endtime="1795248135"><address addr="192.0.2.3" addrtype="ipv4"/>${inside}</host>`;
const file = (...parts: string[]) => `${RUN}${parts.join('')}</nmaprun>`;

describe('what nmap -oX writes', () => {
  it('of every port has the open ones, the closed ones from its summary, and the silent ones', () => {
    expect(readAll(sample('nmap-all.xml'))).toMatchObject({
      format: 'nmap-xml',
      scanner: 'nmap 7.93',
      lines: [
        '10.99.0.2 | c  | s 22,80,6379 | x 1-21,23-79,81-4999,5004-6378,6380-65535 | f 5000-5003 | 2026-11-21T08:02:39.000Z | 2026-11-21T08:02:40.000Z',
      ],
      leftOut: [],
      endedEarly: null,
    });
  });

  it('says nothing of a host that did not answer', () => {
    expect(readAll(sample('nmap-ss.xml')).lines).toEqual([
      '10.99.0.2 | c  | s 22,80,6379 | x 1-20,443 | f 5000-5003 | 2026-11-21T08:02:14.000Z | 2026-11-21T08:02:15.000Z',
      '10.99.0.3 | c  | s 443 | x 1-20,22,80,6379 | f 5000-5003 | 2026-11-21T08:02:14.000Z | 2026-11-21T08:02:15.000Z',
    ]);
  });

  it('with -sT finished its handshakes', () => {
    expect(readAll(sample('nmap-st.xml')).hosts[0]?.connected.toString()).toBe('22,80');
  });

  it('of UDP proves what answered, and neither `open|filtered` nor what was refused', () => {
    const udp = (port: number, state: string) => (xml: string) =>
      xml.replace(
        `protocol="udp" portid="${port}"><state state="closed"`,
        `protocol="udp" portid="${port}"><state state="${state}"`,
      );
    const text = udp(53, 'open|filtered')(udp(161, 'open')(sample('nmap-su.xml')));
    const { hosts, leftOut } = readAll(text);
    expect([String(hosts[0]?.answered), String(hosts[0]?.synAck), leftOut]).toEqual(['161', '22,80', [['udp', 1]]]);
  });

  it('of IPv6 and of UDP: UDP that was refused is counted, not taken', () => {
    expect(readAll(sample('nmap-v6.xml')).hosts.map(({ address }) => address)).toEqual(['fd99::2']);
    expect(readAll(sample('nmap-su.xml'))).toMatchObject({ hosts: [{ address: '10.99.0.2' }], leftOut: [['udp', 2]] });
  });

  it('reads the same in pieces of any size', () => {
    const whole = readAll(sample('nmap-ss.xml')).lines;
    for (const size of [1, 7, 100, 4_096]) expect(readAll(sample('nmap-ss.xml'), { size }).lines).toEqual(whole);
  });

  it('that was cut gives the hosts that are whole, and the line at which it ends', () => {
    const text = sample('nmap-ss.xml');
    const second = text.lastIndexOf('portid="6379"');
    const cut = readAll(text.slice(0, second));
    expect(cut.hosts.map(({ address }) => address)).toEqual(['10.99.0.2']);
    expect(cut.endedEarly).toBe(text.slice(0, second).split('\n').length);
  });
});

describe('what nmap proves', () => {
  const ports = '<ports><port protocol="tcp" portid="22"><state state="open"/></port>';
  const extra = (state: string, count: number) => `<extraports state="${state}" count="${count}"/>`;
  const one = (...parts: string[]) => readAll(file(...parts)).hosts.map(line);
  const times = '2026-11-21T08:02:14.000Z | 2026-11-21T08:02:15.000Z';

  it('before 7.92 only counted the rest: it is the rest of what was asked for, if the number is right', () => {
    expect(one(SCAN, host(`${ports}${extra('closed', 99)}</ports>`))).toEqual([
      `192.0.2.3 | c  | s 22 | x 1-21,23-100 | f  | ${times}`,
    ]);
    expect(one(SCAN, host(`${ports}${extra('closed', 98)}</ports>`))).toEqual([
      `192.0.2.3 | c  | s 22 | x  | f  | ${times}`,
    ]);
  });

  it('of a host that ran out of time is what answered: silence may be what it was never asked', () => {
    const silent = '<port protocol="tcp" portid="23"><state state="filtered"/></port>';
    const inside = `${ports}${silent}<extraports state="filtered" count="98"><extrareasons reason="no-response" count="98" proto="tcp" ports="24-100"/></extraports></ports>`;
    expect(one(SCAN, host(inside).replace('<host ', '<host timedout="true" '))).toEqual([
      `192.0.2.3 | c  | s 22 | x  | f  | ${times}`,
    ]);
  });

  it('of a rest in two states is that none is open, not which of them answered', () => {
    expect(one(SCAN, host(`${ports}${extra('closed', 50)}${extra('filtered', 49)}</ports>`))).toEqual([
      `192.0.2.3 | c  | s 22 | x  | f 1-21,23-100 | ${times}`,
    ]);
  });

  it('without <scaninfo> is what is listed', () => {
    expect(one(host(`${ports}${extra('closed', 99)}</ports>`))).toEqual([`192.0.2.3 | c  | s 22 | x  | f  | ${times}`]);
  });

  it('by a finished dialogue is a connection', () => {
    const probed =
      '<ports><port protocol="tcp" portid="22"><state state="open"/><service method="probed"/></port></ports>';
    expect(one(SCAN, host(probed))).toEqual([`192.0.2.3 | c 22 | s  | x  | f  | ${times}`]);
  });

  it('by a dialogue over UDP is no connection over TCP', () => {
    const both = ['tcp', 'udp'].map(
      (protocol) =>
        `<port protocol="${protocol}" portid="53"><state state="open"/>${protocol === 'udp' ? '<service name="domain" method="probed"/>' : ''}</port>`,
    );
    expect(one(SCAN, host(`<ports>${both.join('')}</ports>`))).toEqual([`192.0.2.3 | c  | s 53 | x  | f  | ${times}`]);
  });

  it('names its version in the characters that a name of an engine has', () => {
    const version = (text: string) => readAll(file().replace('7.93', text)).scanner;
    expect(version('7.95 (build/1)\u202E')).toBe('nmap 7.95 build1');
    expect(version('7'.repeat(99))).toBe(`nmap ${'7'.repeat(32)}`);
  });

  it.each(['ack', 'window', 'fin', 'null', 'xmas', 'maimon'])('by a scan of type %s is nothing', (type) => {
    const read = readAll(file(SCAN.replace('syn', type), host(`${ports}${extra('closed', 99)}</ports>`)));
    expect([read.lines, read.leftOut]).toEqual([[], [['open', 1]]]);
  });

  it('of a state that may be either is nothing', () => {
    const either = '<ports><port protocol="tcp" portid="22"><state state="open|filtered"/></port></ports>';
    const read = readAll(file(SCAN, host(either)));
    expect([read.lines, read.leftOut]).toEqual([[], [['open|filtered', 1]]]);
  });

  it('of a host that is down is nothing', () => {
    expect(one(SCAN, host(`<status state="down"/>${ports}</ports>`))).toEqual([]);
  });

  it('of a host that is down is told to who asks for that', () => {
    const reader = nmapXml({ down: true });
    const seen = reader.write(file(SCAN, host('<status state="down"/>'), host(`${ports}</ports>`)));
    expect(seen.map(({ address, down, synAck }) => [address, down, synAck.toString()])).toEqual([
      ['192.0.2.3', true, ''],
      ['192.0.2.3', undefined, '22'],
    ]);
  });
});

describe('XML that is refused', () => {
  const bomb = `<!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${RUN}&b;</nmaprun>`;
  it.each([
    ['entities of its own', bomb, /line 1: a DTD inside the file .* is not allowed/],
    ['an entity nobody knows', `${RUN}\n&b;</nmaprun>`, /line 2: not well-formed XML \(Invalid character entity\)/],
    ['a tag that does not close', `${RUN}\n<host>\n</nmaprun>`, /line 3: not well-formed XML/],
    ['another document', '<html>', /line 1: <html> is not the output of nmap -oX or masscan -oX/],
    ['another scanner', '<nmaprun scanner="other">', /must begin with <nmaprun scanner="nmap" ...>/],
    [
      'a port that does not exist',
      file(host('<port protocol="tcp" portid="65536">')),
      /line 1: "65536" is not a port: ports are 0 to 65535/,
    ],
    [
      'an address that is none',
      file('<host>\n<address addr="x" addrtype="ipv4"/>'),
      /line 2: "x" is not an IP address/,
    ],
    [
      'a second run behind the first, which may be of another scanner',
      `${file()}\n${sample('masscan.xml')}`,
      /line 4: a second run begins here \(<nmaprun>\): import each as a file of its own/,
    ],
    ['a pit of elements', RUN + '<a>'.repeat(100), /elements may nest 64 deep/],
    [
      'a heap of attributes',
      `${RUN}<a ${Array.from({ length: 300 }, (_, i) => `b${i}=""`).join(' ')}/>`,
      /256 attributes/,
    ],
    ['an endless attribute', `${RUN}<a b="${'x'.repeat(4_000_000)}`, /Max buffer length exceeded/],
  ])('has %s', (_, text, message) => {
    expect(() => readAll(text, { format: 'nmap-xml', size: 65_536 })).toThrow(message);
  });
});
