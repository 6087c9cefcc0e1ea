import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { sample } from '../imports/read.ts';
import { runFake } from '../../support/cli/run-fake.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const TAKEN = { addresses: 1, ports: 3, notOpen: 4, refused: [{ address: '10.99.0.3', reason: 'it is not watched' }] };
const routes = { 'POST /api/import/scan': TAKEN };

it('nmap: says what was taken, what was refused and why', async () => {
  const { code, out, requests } = await runFake(['import', '-'], { stdin: sample('nmap-ss.xml'), routes });
  expect(out).toBe(
    'Imported 3 open ports of 1 address, and 4 ports that were not open, seen by nmap 7.93 (nmap-xml).\n' +
      'Refused 10.99.0.3: it is not watched.\n' +
      'Watched are the addresses under targets, and those that were scanned once.',
  );
  expect(code).toBe(0);
  expect(requests).toMatchObject([
    {
      path: '/api/import/scan',
      body: {
        scanner: 'nmap 7.93',
        addresses: [
          { address: '10.99.0.2', connected: '', synAck: '22,80,6379', closed: '1-20,443', silent: '5000-5003' },
          { address: '10.99.0.3', synAck: '443' },
        ],
      },
    },
  ]);
});

it('of one port that was not open there is one', async () => {
  const one = { 'POST /api/import/scan': { ...TAKEN, ports: 0, notOpen: 1, refused: [] } };
  const { out } = await runFake(['import', '-'], { stdin: sample('nmap-ss.xml'), routes: one });
  expect(out).toMatch(/^Imported 0 open ports of 2 addresses, and 1 port that was not open, seen by/);
});

it('masscan: the ports of an address become one', async () => {
  const { requests } = await runFake(['import', '-'], { stdin: sample('masscan.ndjson'), routes });
  expect(requests).toMatchObject([
    {
      body: {
        scanner: 'masscan',
        addresses: [
          { address: '10.99.0.2', synAck: '22,80,6379', closed: '', startedAt: '2026-11-21T08:08:15.000Z' },
          { address: '10.99.0.3', synAck: '443' },
        ],
      },
    },
  ]);
});

it('masscan: what several runs appended to one file saw of an address stays apart, each with its time', async () => {
  const stdin = `#masscan
open tcp 80 10.99.0.2 1795248000
open tcp 81 10.99.0.2 1795248010
open tcp 443 10.99.0.2 1797840000
# end
`;
  const { requests } = await runFake(['import', '-'], { stdin, routes });
  expect(requests).toMatchObject([
    {
      body: {
        addresses: [
          { address: '10.99.0.2', synAck: '80-81', startedAt: '2026-11-21T08:00:00.000Z' },
          { address: '10.99.0.2', synAck: '443', startedAt: '2026-12-21T08:00:00.000Z' },
        ],
      },
    },
  ]);
});

it('masscan: an address of which one run is refused and another taken is taken', async () => {
  const stdin = '#masscan\nopen tcp 80 10.99.0.2 1795248000\nopen tcp 443 10.99.0.2 1797840000\n# end\n';
  const report = { addresses: 1, ports: 1, notOpen: 0, refused: [{ address: '10.99.0.2', reason: 'it is dated' }] };
  const { code, out } = await runFake(['import', '-'], { stdin, routes: { 'POST /api/import/scan': report } });
  expect([code, out]).toEqual([
    0,
    'Imported 1 open port of 1 address, seen by masscan (masscan-list).\nRefused 10.99.0.2: it is dated.',
  ]);
});

it('a file that was cut is taken as far as it goes, and the line is told', async () => {
  const stdin = sample('masscan.list').replace('# end\n', 'open tc');
  const { code, err, out } = await runFake(['import', '-'], { stdin, routes });
  expect(err).toBe('stdin ends early, at line 3: what was complete before it was taken.');
  expect([code, out.startsWith('Imported 3 open ports')]).toEqual([0, true]);
});

it('--json is one object with all of it', async () => {
  const { out } = await runFake(['import', '-', '--json'], { stdin: sample('nmap-su.xml'), routes });
  expect(JSON.parse(out)).toEqual({
    format: 'nmap-xml',
    scanner: 'nmap 7.93',
    addresses: 1,
    ports: 3,
    notOpen: 4,
    refused: [{ address: '10.99.0.3', reason: 'it is not watched' }],
    moreRefused: 0,
    leftOut: { udp: 2 },
    endedEarly: null,
  });
});

it('ends with 1 when every address was refused', async () => {
  const refused = [
    { address: '10.99.0.2', reason: 'it is not watched' },
    { address: '10.99.0.3', reason: 'it is excluded' },
  ];
  const { code } = await runFake(['import', '-'], {
    stdin: sample('nmap-ss.xml'),
    routes: { 'POST /api/import/scan': { addresses: 0, ports: 0, notOpen: 0, refused } },
  });
  expect(code).toBe(1);
});

it('bad input names the file and the line', async () => {
  const work = await temporaryDirectory();
  const file = join(work, 'scan.xml');
  await writeFile(file, '<nmaprun scanner="nmap" version="7.93">\n<host>\n</nmaprun>');
  const { code, err } = await runFake(['import', file], { routes });
  expect([code, err]).toMatchObject([2, expect.stringContaining(`"${file}": line 3: not well-formed XML`)]);
  expect((await runFake(['import', '-', '--format', 'rustscan'], { stdin: 'hello\n' })).err).toContain(
    'stdin: line 1: "hello" is not a line of rustscan -g',
  );
  expect((await runFake(['import', '-', '--format', 'nessus'], { stdin: 'hello\n' })).code).toBe(2);
});

it('open ports of our own text stay what they were', async () => {
  const { out } = await runFake(['import', '-', '--json'], {
    stdin: '192.0.2.3:22,80\n',
    routes: { 'POST /api/import': { addresses: 1, ports: 2 } },
  });
  expect(JSON.parse(out)).toEqual({ addresses: 1, ports: 2 });
});

it('open ports of our own text that are excluded are refused by name, and exit 1 says that nothing was taken', async () => {
  const refused = [{ address: '192.0.2.3', reason: 'it is excluded' }];
  const { out, code } = await runFake(['import', '-'], {
    stdin: '192.0.2.3:22,80\n',
    routes: { 'POST /api/import': { addresses: 0, ports: 0, refused } },
  });
  expect([code, out]).toEqual([1, 'Imported 0 ports of 0 addresses.\nRefused 192.0.2.3: it is excluded.']);
});

it('a line that is none of open ports is named with its file, and what to do if it is of another scanner; nothing is sent', async () => {
  const { code, err, requests } = await runFake(['import', '-'], { stdin: '192.0.2.3:22\r\nx\n' });
  expect([code, requests]).toEqual([2, []]);
  expect(err).toBe(
    'portcullis: stdin: Line 2: "x" is not a fingerprint: write address:port,port such as 192.0.2.3:22,80, [2001:db8::1]:22 or 192.0.2.3:udp/53,161. Another scanner\'s file is not recognised as one: name it by --format.',
  );
  expect((await runFake(['import', '-', '--format', 'ports'], { stdin: 'x\n' })).err).not.toContain('Another scanner');
});

it('what is quoted of a file neither steers the terminal nor fills it', async () => {
  const { err } = await runFake(['import', '-'], { stdin: `\u001B[2J${'x'.repeat(9_000)}\n` });
  expect(err).toMatch(/^portcullis: stdin: Line 1: "\?\[2Jx+\.\.\. Another scanner's file/);
  expect(err.length).toBeLessThan(600);
  const state = sample('nmap-ss.xml').replace('state="open"', 'state="\u202Enepo"');
  expect((await runFake(['import', '-'], { stdin: state, routes })).out).toContain('UDP port: 1 ?nepo.');
});

it('open ports of our own text may be more than one request takes: an address is whole in one of them', async () => {
  const odd = Array.from({ length: 32_768 }, (_, index) => 2 * index + 1).join(',');
  const texts = ['192.0.2.3', '192.0.2.4'].map((address) => `${address}:${odd}\n${address}:udp/53\n`);
  const { requests, out, code } = await runFake(['import', '-'], {
    stdin: texts.join(''),
    routes: {
      'POST /api/import': (times: number) =>
        times === 0
          ? { addresses: 1, ports: 32_769 }
          : { addresses: 0, ports: 0, refused: [{ address: '192.0.2.4', reason: 'it is excluded' }] },
    },
  });
  expect(requests.map(({ body }) => (body as { text: string }).text)).toEqual(texts);
  expect([code, out]).toEqual([0, 'Imported 32,769 ports of 1 address.\nRefused 192.0.2.4: it is excluded.']);
});

it('a file of nothing but comments says so', async () => {
  const { code, err } = await runFake(['import', '-'], { stdin: '# mine\n\n' });
  expect([code, err]).toEqual([2, 'portcullis: stdin holds nothing but comments: write lines such as 192.0.2.3:22,80']);
});

it.each([
  ['gzip', gzipSync('192.0.2.3:22\n'), 'this is compressed: "gzip -dc FILE | portcullis import -" takes it in'],
  ['bzip2', Buffer.from('QlpoOTFBWSZTWQ==', 'base64'), 'this is compressed: "bzip2 -dc FILE | portcullis import -"'],
  ['xz', Buffer.from('fd377a585a000004', 'hex'), 'this is compressed: "xz -dc FILE | portcullis import -"'],
  ['zstd', zstdCompressSync('192.0.2.3:22\n'), 'this is compressed: "zstd -dc FILE | portcullis import -"'],
  ['ZIP', Buffer.from('504b0304140000000800', 'hex'), 'this is a ZIP archive: unpack it'],
  ['UTF-16, with a mark', Buffer.from(`\uFEFF${sample('nmap-ss.xml')}`, 'utf16le'), 'this is UTF-16, as PowerShell'],
  ['UTF-16, without one', Buffer.from('192.0.2.3:22\n', 'utf16le'), 'this is UTF-16, as PowerShell writes: "iconv'],
  [
    'masscan -oB',
    Buffer.from('masscan/1.1\0\0s:1795248692\0'),
    'this is masscan -oB: "masscan --readscan FILE -oJ -" makes JSON of it',
  ],
  ['a program', Buffer.from('7f454c4602010100000000', 'hex'), 'this is no text: give lines such as 192.0.2.3:22,80'],
])('a file of %s says what to do, whatever format is named', async (_, bytes, message) => {
  const file = join(await temporaryDirectory(), 'scan');
  await writeFile(file, bytes);
  for (const format of [[], ['--format', 'nmap-xml'], ['--format', 'ports']]) {
    const { code, err, requests } = await runFake(['import', file, ...format]);
    expect([code, err, requests]).toEqual([2, expect.stringContaining(`"${file}": ${message}`), []]);
  }
});

it.each([
  ['<?xml version="1.0"?>\n<nmaprun scan', 'nmap (nmap-xml)', 2],
  [sample('nmap-ss.xml').slice(0, 900), 'nmap 7.93 (nmap-xml)', expect.any(Number)],
  ['#masscan\nopen tcp 80 192.0', 'masscan (masscan-list)', 2],
])(
  'a file that was cut before anything was complete says so, and exit 1 that nothing was taken: %#',
  async (text, by, at) => {
    const { code, out, err } = await runFake(['import', '-'], { stdin: text, routes });
    const line = Number(/at line (\d+)/.exec(err)?.[1]);
    expect([code, out, err, line]).toEqual([
      1,
      `Imported 0 open ports of 0 addresses, seen by ${by}.`,
      `stdin ends early, at line ${line}: nothing before it was taken.`,
      at,
    ]);
  },
);

it.each(['masscan-xml', 'masscan-json', 'masscan-list', 'naabu-json', 'rustscan'])(
  'an empty file of %s is a scanner that found nothing, when the format is named',
  async (format) => {
    const { code, out, err } = await runFake(['import', '-', '--format', format], { stdin: '\n' });
    const by = format.split('-')[0] === format ? format : `${format.split('-')[0]} (${format})`;
    expect([code, out, err]).toEqual([0, `Imported 0 open ports of 0 addresses, seen by ${by}.`, '']);
  },
);

it.each([
  ['EACCES', "EACCES: permission denied, open 'scan.xml'", 'you may not read it'],
  ['ENOTDIR', "ENOTDIR: not a directory, open 'scan.xml/x'", 'there is no such file'],
  ['EIO', 'EIO: i/o error, read', 'i/o error'],
  ['EMFILE', "EMFILE: too many open files, open 'scan.xml'", 'too many open files'],
])('a file that cannot be read (%s) says why, and does not repeat its name', async (code, message, reason) => {
  let beginning = '';
  const pieces = async function* () {
    yield beginning;
    throw Object.assign(new Error(message), { code, syscall: message.includes('open ') ? 'open' : 'read' });
  };
  for (beginning of ['', '#masscan\n'.repeat(1_000), '# mine\n'.repeat(2_000)]) {
    const ended = await runFake(['import', '-'], { pieces });
    expect([ended.code, ended.err]).toEqual([2, `portcullis: cannot read stdin: ${reason}`]);
  }
});
