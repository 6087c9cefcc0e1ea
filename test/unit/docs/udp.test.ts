import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UDP_PROBES } from '../../../core/scanning/udp/udp-probes.ts';
import { SERVERS } from '../../support/scanner/udp-servers.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const rows = [...readFileSync(join(ROOT, 'docs/udp.md'), 'utf8').matchAll(/^\| (\d+) \| (.+) \|$/gm)].map((match) => {
  const [service = '', , , , test = ''] = (match[2] ?? '').split(' | ');
  return { port: Number(match[1]), service, test };
});

it('the page lists every port that is asked in its own protocol', () => {
  expect(rows.map(({ port, service }) => ({ port, service }))).toEqual(
    UDP_PROBES.map(({ port, service }) => ({ port, service })),
  );
});

it('the page says of which ports a server answers in the tests', () => {
  const tested = Object.keys(SERVERS).flatMap((ports) => ports.split(',').map(Number));
  expect(rows.filter(({ test }) => test.includes('servers')).map(({ port }) => port)).toEqual(
    tested.toSorted((a, b) => a - b),
  );
  const daemons = readFileSync(join(ROOT, 'test/lab/scanner/udp-daemons.test.ts'), 'utf8');
  const answered = /'open \(answered\)': '([\d,]+)'/.exec(daemons)?.[1]?.split(',').map(Number);
  expect(rows.filter(({ test }) => test.includes('daemons')).map(({ port }) => port)).toEqual(answered);
  expect(existsSync(join(ROOT, 'test/lab/scanner/udp-servers.test.ts'))).toBe(true);
});
