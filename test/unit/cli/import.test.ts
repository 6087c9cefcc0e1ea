import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sample } from '../imports/read.ts';
import { Answer, runFake } from '../../support/cli/run-fake.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const TAKEN = { addresses: 1, ports: 3, notOpen: 4, refused: [{ address: '10.99.0.3', reason: 'it is not watched' }] };
const routes = { 'POST /api/import/scan': TAKEN };

it('nmap: says what was taken, what was refused and why', async () => {
  const { code, out, requests } = await runFake(['import', '-'], { stdin: sample('nmap-ss.xml'), routes });
  expect(out).toBe(
    'Imported 3 open ports of 1 address, and 4 ports that were not open, seen by nmap 7.93 (nmap-xml).\n' +
      'Refused 10.99.0.3: it is not watched.',
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
  await mkdir(join(work, 'folder'));
  expect((await runFake(['import', join(work, 'folder')])).err).toContain(
    `cannot read "${join(work, 'folder')}": EISDIR`,
  );
  expect((await runFake(['import', '-', '--format', 'rustscan'], { stdin: 'hello\n' })).err).toContain(
    'stdin: line 1: "hello" is not a line of rustscan -g',
  );
  expect((await runFake(['import', '-', '--format', 'nessus'], { stdin: 'hello\n' })).code).toBe(2);
});

it('an empty file of a scanner that found nothing is no mistake when the format is named', async () => {
  const { code, out } = await runFake(['import', '-', '--format', 'masscan-json'], { stdin: '' });
  expect([code, out]).toEqual([0, 'Imported 0 open ports of 0 addresses, seen by masscan (masscan-json).']);
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

it('a line that is none of open ports is named with its file, and what to do if it is of another scanner', async () => {
  const refused = new Answer(400, { error: { code: 'BAD_INPUT', message: 'Line 1: "x" is not a fingerprint.' } });
  const wrong = { stdin: 'x\n', routes: { 'POST /api/import': refused } };
  const { code, err } = await runFake(['import', '-'], wrong);
  expect(code).toBe(2);
  expect(err).toContain('stdin: Line 1: "x" is not a fingerprint. Another scanner\'s file');
  expect((await runFake(['import', '-', '--format', 'ports'], wrong)).err).not.toContain('Another scanner');
});
