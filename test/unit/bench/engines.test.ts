import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CaseTime } from '../../../bench/engines/case-time.ts';
import { chooseCases } from '../../../bench/engines/cases.ts';
import type { Contestant } from '../../../bench/engines/contestants/contestant.ts';
import { masscans } from '../../../bench/engines/contestants/masscan.ts';
import { naabu } from '../../../bench/engines/contestants/naabu.ts';
import { nmaps } from '../../../bench/engines/contestants/nmap.ts';
import { joined, type Report, tables } from '../../../bench/engines/report.ts';
import type { Cell } from '../../../bench/engines/race.ts';
import type { Lab } from '../../support/lab/lab.ts';

const LAB: Lab = {
  scanner: 'pcl-1-1-s',
  target: 'pcl-1-1-t',
  inside: [],
  source: { v4: '10.213.0.1', v6: 'fd00:213::1' },
  targets: { v4: ['10.213.1.1'], v6: ['fd00:213::1:1'] },
  targetMac: '02:00:00:00:00:01',
  set: async () => undefined,
  packets: () => ({ arrived: 0, left: 0 }),
  remove: async () => undefined,
};

function found(contestant: Contestant | undefined, output: string): string[] {
  const asked = contestant?.ask({ lab: LAB, family: 'v4', addresses: LAB.targets.v4, network: null, ports: '1-65535' });
  return [...(asked?.found(output) ?? [])];
}

test('of what nmap writes, also when it is stopped, the ports it discovered count', () => {
  const output =
    'Scanning 10.213.1.1 [65535 ports]\nDiscovered open port 80/tcp on 10.213.1.1\nDiscovered open port 22/tcp on 10.213.1.1\nSYN Stealth Scan Timing: About 3%';
  expect(found(nmaps()[0], output)).toEqual(['10.213.1.1 80', '10.213.1.1 22']);
});

test('of the list of masscan the open lines count, each pair once', () => {
  const output = '#masscan\nopen tcp 443 10.213.1.1 1795257600\nopen tcp 443 10.213.1.1 1795257601\n# end\n';
  expect(found(masscans()[0], output)).toEqual(['10.213.1.1 443']);
});

test('of the lines of naabu the whole ones count', () => {
  const output = '{"ip":"10.213.1.1","port":22,"protocol":"tcp"}\n{"ip":"10.213.1.1","po';
  expect(found(naabu(), output)).toEqual(['10.213.1.1 22']);
});

test('a case is found by its name, and what is none is refused with what is', () => {
  expect(chooseCases('32-ingress-loss5-rtt20-v6,1-closed')).toMatchObject([
    { hosts: 32, silence: 'ingress', lossPercent: 5, rttMs: 20, family: 'v6' },
    { hosts: 1, silence: 'closed', lossPercent: 0, rttMs: 0, family: 'v4' },
  ]);
  expect(() => chooseCases('1-open')).toThrow('1-open is no case; HOSTS-SILENCE[-lossN][-rttN][-v6] is one: 1-closed,');
});

test('a mistake in the options is one sentence and exit code 2, before anything is made', () => {
  const run = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, ['bench/engines/run.ts', ...args], { encoding: 'utf8' });
    return [status, stderr];
  };
  expect(run('--runs', 'x')).toEqual([2, '--runs "x": write a whole number from 1.\n']);
  expect(run('--contestants', 'nope')).toEqual([2, expect.stringMatching(/^nope is no contestant; these are: .*\n$/)]);
  expect(run('--case', 'nope')).toEqual([2, expect.stringMatching(/^Unknown option '--case'.*\n$/)]);
});

const cell = (contestant: string, seconds: number, more: Partial<Cell> = {}): Cell => ({
  contestant,
  expected: 12,
  seconds,
  least: seconds,
  most: seconds,
  found: [12, 12, 12, 12, 12],
  wrong: 0,
  stopped: 0,
  packets: 65_535,
  packetsPerSecond: 1_000,
  cpuSecondsPerMillion: 1.5,
  maxRssMB: 90,
  runs: [],
  ...more,
});
const report = (date: string, cells: readonly Cell[]): Report => ({
  date,
  machine: { cpu: 'a cpu', cpus: 2, memoryGiB: 8, kernel: '6.18', node: 'v24', commit: 'abc' },
  budgetMinutes: null,
  limitSeconds: 120,
  contestants: cells.map(({ contestant }) => ({ name: contestant, here: { version: '1' } })),
  results: chooseCases('1-closed').map((one) => ({ case: one, cells })),
});

test('the table says recall, runs and stops; of two reports the first keeps what both have', () => {
  const first = report('2026-11-21T08:30:00.000Z', [cell('ours', 0.5)]);
  const second = report('2026-11-21T08:00:00.000Z', [
    cell('ours', 9),
    cell('theirs', 60, { found: [3], stopped: 1, wrong: 2 }),
  ]);
  const text = tables(joined(first, second));
  expect(text).toContain('2026-11-21T08:00:00.000Z; 2 x a cpu');
  expect(text).toContain('| ours | 0.50 (0.50 to 0.50) | 12/12 | 0 | 65,535 | 1,000 | 1.50 | 90 |');
  expect(text).toContain('| theirs | 60.00 (60.00 to 60.00), one run, 1 stopped | 3/12 | 2 |');
  expect(text).not.toContain('9.00');
});

test('without a budget a run may always take the limit', () => {
  const time = new CaseTime({ limitSeconds: 120, budgetSeconds: null, contestants: 3, now: () => 0 });
  expect([time.limitOf(null), time.limitOf(119), time.limitOf(120)]).toEqual([120, 120, 120]);
});

test('a budget gives every contestant its first run, the quick ones more, and the slow ones no second', () => {
  let at = 0;
  const time = new CaseTime({ limitSeconds: 120, budgetSeconds: 100, contestants: 5, now: () => at });
  // No run takes more than 30 of 100 seconds, and a tenth is left for each that comes.
  expect(time.limitOf(null)).toBe(30);
  at = 30;
  expect(time.limitOf(null)).toBe(30);
  at = 60;
  expect(time.limitOf(null)).toBe(20);
  at = 80;
  expect(time.limitOf(null)).toBe(10);
  at = 90;
  expect(time.limitOf(null)).toBe(10);
  at = 91;
  expect(time.limitOf(10)).toBeNull();
  expect(time.limitOf(1)).toBe(10);
  at = 99;
  expect(time.limitOf(1)).toBeNull();
});
