import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../fargate-scanner/formats/read-output.ts';
import { readAll, sample } from './read.ts';

const open = (read: ReturnType<typeof readAll>) =>
  read.hosts.map(({ address, connected, synAck }) => `${address}:${connected.union(synAck).toString()}`);

describe('what masscan writes', () => {
  it.each([
    ['masscan.json', 'masscan-json', ['10.99.0.3:443']],
    ['masscan.ndjson', 'masscan-json', ['10.99.0.2:6379', '10.99.0.3:443', '10.99.0.2:80', '10.99.0.2:22']],
    ['masscan.list', 'masscan-list', ['10.99.0.2:80']],
    ['masscan.xml', 'masscan-xml', ['10.99.0.2:6379']],
  ])('to %s has open ports, no finished handshake, and its times', (name, format, ports) => {
    const read = readAll(sample(name));
    expect([read.format, read.scanner, open(read), read.endedEarly]).toEqual([format, 'masscan', ports, null]);
    for (const { connected, closed, silent, startedAt } of read.hosts) {
      expect([connected, closed, silent].every((set) => set.isEmpty)).toBe(true);
      expect(startedAt).toMatch(/^2026-11-21T08:/);
    }
  });

  it('with --show closed proves nothing closed', () => {
    const read = readAll(sample('masscan-closed.list'));
    expect([open(read), read.leftOut]).toEqual([['10.99.0.2:22'], [['closed', 31]]]);
  });

  const record = (port: number) =>
    `{   "ip": "192.0.2.3",   "timestamp": "1795248692", "ports": [ {"port": ${port}, "proto": "tcp", "status": "open", "reason": "syn-ack", "ttl": 64} ] }`;

  it.each([
    ['a comma too many', `[\n${record(22)},\n${record(80)},\n]\n`, null],
    ['{finished: 1}, as old versions end', `[\n${record(22)},\n${record(80)},\n{finished: 1}\n]\n`, null],
    ['{finished: 1} and no bracket', `${record(22)},\n${record(80)},\n{finished: 1}\n`, null],
    ['no comma', `[\n${record(22)}\n${record(80)}\n]`, null],
    ['no closing bracket', `[\n${record(22)},\n${record(80)}\n`, 4],
    ['a record that was cut', `[\n${record(22)},\n${record(80)},\n${record(443).slice(0, 60)}`, 4],
    ['one line for all', `[${record(22)},${record(80)}]`, null],
  ])('is read with %s', (_, text, endedEarly) => {
    const read = readAll(text, { format: 'masscan-json', size: 17 });
    expect([open(read), read.endedEarly]).toEqual([['192.0.2.3:22', '192.0.2.3:80'], endedEarly]);
    expect(formatOf(text)).toBe('masscan-json');
  });

  it('of port 0 says nothing, and what else is there is taken', () => {
    expect(open(readAll(`[${record(0)},${record(22)}]`))).toEqual(['192.0.2.3:22']);
    const line = (port: number) =>
      `{"ip":"192.0.2.3","timestamp":"1795248692","port":${port},"proto":"tcp","rec_type":"status","data":{"status":"open"}}\n`;
    expect(open(readAll(line(0) + line(22)))).toEqual(['192.0.2.3:22']);
  });

  it.each([
    [
      'masscan-list',
      '#masscan\nopen tcp 80 192.0.2.3 1795248692\n# end\n',
      '#masscan\nopen tcp 443 192.0.2.3 17952',
      5,
    ],
    ['masscan-list', '#masscan\nopen tcp 80 192.0.2.3 1795248692\n# end\n', 'open', 4],
    ['masscan-list', '#masscan\nopen tcp 80 192.0.2.3 1795248692\n# end\n', '#masscan\n', 5],
    ['masscan-json', `[\n${record(80)},\n{finished: 1}\n`, `[\n${record(443)},\n`, 6],
  ] as const)('to %s in several runs of which the last was cut says so', (format, whole, cut, line) => {
    expect([readAll(whole, { format }).endedEarly, readAll(whole + cut, { format }).endedEarly]).toEqual([null, line]);
    expect(readAll(whole + whole, { format }).endedEarly).toBe(null);
  });

  it('of a banner proves a connection', () => {
    const text =
      '{"ip":"192.0.2.3","timestamp":"1795248692","port":22,"proto":"tcp","rec_type":"banner","data":{"service_name":"ssh","banner":"SSH {}\\""}}';
    expect(readAll(text).hosts[0]?.connected.toString()).toBe('22');
  });

  it('of a banner in XML proves a connection too', () => {
    const service = '<service name="ssh" banner="SSH-2.0"></service></port>';
    const read = readAll(sample('masscan.xml').replace('</port>', service));
    expect(read.hosts[0]?.connected.toString()).toBe('6379');
  });

  it('of UDP and SCTP is counted', () => {
    expect(
      readAll('#masscan\nopen udp 53 192.0.2.3 1795248692\nopen sctp 9 192.0.2.3 1795248692\n# end\n'),
    ).toMatchObject({
      hosts: [],
      leftOut: [
        ['udp', 1],
        ['sctp', 1],
      ],
    });
  });

  it('to a list that was cut: the last line is not believed', () => {
    const read = readAll('#masscan\nopen tcp 80 192.0.2.3 1795248692\nopen tcp 80 192.0.2.4 1795', {
      size: 9,
      format: 'masscan-list',
    });
    expect([open(read), read.endedEarly]).toEqual([['192.0.2.3:80'], 3]);
  });
});

describe('what naabu and RustScan write', () => {
  it('naabu -json with a time that is none has no time', () => {
    for (const timestamp of ['20266-11-21T08:00:00Z', '+020266-11-21T08:00:00.000Z', '0001-01-01T00:00:00Z', 'soon']) {
      const read = readAll(`{"ip":"192.0.2.3","timestamp":"${timestamp}","port":22}\n`);
      expect([timestamp, read.hosts[0]?.finishedAt]).toEqual([timestamp, null]);
    }
  });

  it('naabu -json of old, whose port is an object: its UDP is none of TCP', () => {
    const line = (port: string) => `{"ip":"192.0.2.3","timestamp":"2026-11-21T08:00:00Z","port":${port}}\n`;
    const old = ['{"Port":22}', '{"Port":53,"Protocol":1,"TLS":false}', '{"Port":80,"Protocol":0,"TLS":false}'];
    const read = readAll(old.map(line).join(''));
    expect([open(read), read.leftOut]).toEqual([['192.0.2.3:22', '192.0.2.3:80'], [['udp', 1]]]);
  });

  it('naabu -json', () => {
    const text =
      '{"ip":"192.0.2.3","timestamp":"2026-11-21T08:00:00.123456789Z","port":22,"protocol":"tcp","tls":false}\n' +
      '{"host":"edge.example.com","ip":"2001:db8::1","timestamp":"2026-11-21T08:00:01Z","port":443,"protocol":"tcp","tls":true}\n' +
      '{"ip":"192.0.2.3","timestamp":"2026-11-21T08:00:01Z","port":53,"protocol":"udp","tls":false}\n';
    expect(readAll(text)).toMatchObject({
      format: 'naabu-json',
      scanner: 'naabu',
      lines: [
        '192.0.2.3 | c  | s 22 | x  | f  | 2026-11-21T08:00:00.123Z | 2026-11-21T08:00:00.123Z',
        '2001:db8::1 | c  | s 443 | x  | f  | 2026-11-21T08:00:01.000Z | 2026-11-21T08:00:01.000Z',
      ],
      leftOut: [['udp', 1]],
      endedEarly: null,
    });
    expect(readAll(text.slice(0, -30))).toMatchObject({ leftOut: [], endedEarly: 3 });
  });

  it('rustscan -g, which has no times', () => {
    const read = readAll('192.0.2.3 -> [22,80]\r\n2001:db8::1 -> [443]');
    expect(read).toMatchObject({ format: 'rustscan', scanner: 'rustscan', endedEarly: null });
    expect(read.lines).toEqual([
      '192.0.2.3 | c 22 | s  | x  | f  |  | ',
      '192.0.2.3 | c 80 | s  | x  | f  |  | ',
      '2001:db8::1 | c 443 | s  | x  | f  |  | ',
    ]);
    expect(readAll('192.0.2.3 -> [22]\n192.0.2.4 -> [22,8')).toMatchObject({ hosts: [{}], endedEarly: 2 });
  });

  it('rustscan comes back as it was written, in pieces of any size', () => {
    const hosts = fc.uniqueArray(
      fc.record({
        address: fc.ipV4(),
        ports: fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 9 }),
      }),
      { selector: ({ address }) => address, minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(hosts, fc.integer({ min: 1, max: 40 }), (list, size) => {
        const text = list.map(({ address, ports }) => `${address} -> [${ports.join(',')}]\n`).join('');
        const pairs = list.flatMap(({ address, ports }) => ports.map((port) => `${address}:${port}`));
        expect(open(readAll(text, { format: 'rustscan', size }))).toEqual(pairs);
      }),
    );
  });

  it('masscan JSON comes back whatever commas, brackets and pieces it has', () => {
    const pairs = fc.array(fc.record({ ip: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) }), { maxLength: 20 });
    const between = fc.constantFrom('\n', ',\n', ' , ,\n', '\n]\n[\n');
    fc.assert(
      fc.property(pairs, between, fc.integer({ min: 1, max: 60 }), (list, gap, size) => {
        const text = list.map(({ ip, port }) =>
          JSON.stringify({ ip, timestamp: '1795248692', ports: [{ port, proto: 'tcp', status: 'open' }] }),
        );
        expect(open(readAll(`[${text.join(gap)}]`, { format: 'masscan-json', size }))).toEqual(
          list.map(({ ip, port }) => `${ip}:${port}`),
        );
      }),
    );
  });
});

describe('bad input', () => {
  it.each([
    [
      'masscan-list',
      '#masscan\nopen tcp 80 192.0.2.300 1795248692\n',
      'line 2: "open tcp 80 192.0.2.300 1795248692" is not a line of masscan -oL',
    ],
    ['masscan-list', 'open tcp 65536 192.0.2.3 1795248692\n', 'line 1: '],
    [
      'rustscan',
      '192.0.2.3 -> [22]\n192.0.2.3 -> [0]\n',
      'line 2: "192.0.2.3 -> [0]" is not a line of rustscan -g: write lines such as',
    ],
    [
      'masscan-json',
      '[\n{"ip": "192.0.2.3"}\n]',
      'line 2: "{\\"ip\\": \\"192.0.2.3\\"}" is not a record of masscan ("ports" is missing): write records such as {"ip": ',
    ],
    [
      'masscan-json',
      '[\n{"ip": "192.0.2.3", "ports": [{"port": 65536, "proto": "tcp", "status": "open"}]}\n]',
      'line 2: ',
    ],
    [
      'masscan-json',
      '[\n{"ip": "192.0.2.3", "ports": [{"port": true, "proto": "tcp", "status": "open"}]}\n]',
      'line 2: ',
    ],
    ['masscan-json', '[\nhello\n]', 'line 2: "hello" is not a JSON record'],
    ['naabu-json', '{"ip":"x","port":22}\n', '"x" is not an IP address'],
    ['naabu-json', '{"ip":"192.0.2.3","port":70000}\n', 'line 1: '],
    ['naabu-json', '{"ip":7,"port":22}\n', '("ip" is invalid input: expected string, received number)'],
  ] as const)('of %s names the line and what is allowed', (format, text, message) => {
    expect(() => readAll(text, { format })).toThrow(message);
  });

  it('has a bound for a line and for a record', () => {
    expect(() => readAll('x'.repeat(3_000_000), { format: 'rustscan' })).toThrow('line 1: is longer than');
    expect(() => readAll(`{"a": "${'x'.repeat(3_000_000)}`, { format: 'naabu-json' })).toThrow(
      'line 1: a record has more than',
    );
  });
});

describe('the format of a file', () => {
  it.each([
    ['192.0.2.3:22,80\n', 'ports'],
    ['# mine\n[2001:db8::1]:22\n', 'ports'],
    ['anything else', 'ports'],
    ['\uFEFF{"ip":"192.0.2.3","port":22,"protocol":"tcp"}', 'naabu-json'],
    ['{"host":"finished.example.com","ip":"192.0.2.3","port":22}', 'naabu-json'],
    ['open tcp 80 192.0.2.3 1795248692\n', 'masscan-list'],
    ['[\n]\n', 'masscan-json'],
    ['<?xml version="1.0"?>\n<nmaprun scanner="nmap">', 'nmap-xml'],
  ])('of %j is %s', (text, format) => {
    expect(formatOf(text)).toBe(format);
  });

  it.each([
    ['# Nmap 7.93 scan initiated Sat Nov 21\n', 'run nmap with -oX'],
    ['Host: 192.0.2.3 (edge.example.com)\tPorts: 22/open/tcp//ssh///\n', 'run nmap with -oX'],
    ['masscan/1.1\n', 'masscan --readscan FILE'],
  ])('of %j says what to do instead', (text, message) => {
    expect(() => formatOf(text)).toThrow(message);
  });
});
