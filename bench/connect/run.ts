/**
 * Our connect engine against `nmap -sT`, as whole processes (start-up included), on closed and on dropped ports of lab hosts with 12 open ones
 * each. Both sides alternate in one command; seconds depend on what else runs, CPU seconds less so. Needs root, nft, ip, cc, taskset, nmap.
 * JSON on stdout, progress on stderr; exit 1 when a port is missed.
 *   node_modules/.bin/node bench/connect/run.ts [--cases closed-1-host-1-core,dropped-1-host] [--runs 5] [--limit 60]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type Lab, makeLab, OPEN_PORTS } from '../../test/support/lab/lab.ts';
import { measure } from '../engines/measure.ts';
import { BadInput } from '../../core/errors.ts';
import { load, machine, said } from '../support/machine.ts';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { median, round } from '../support/stats.ts';
import { type Case, CASES } from './cases.ts';

/** Far above what a connect scan can do: the engine is left to find its own rate. */
const RATE = '1000000';
const SCAN = fileURLToPath(new URL('scan-once.ts', import.meta.url));
const Scanned = z.object({ status: z.literal('complete'), unknown: z.literal(''), open: z.array(z.string()) });

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxRssMB: number;
  readonly found: number;
  readonly wrong: number;
  /** False when it was ended at its time limit. */
  readonly ended: boolean;
}

const { runs, chosen, limit } = optionsOf(() => {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: CASES.map(({ name }) => name).join(',') },
      runs: { type: 'string', default: '5' },
      limit: { type: 'string', default: '60' },
    },
  });
  return {
    runs: wholeNumber('--runs', values.runs),
    limit: wholeNumber('--limit', values.limit),
    chosen: values.cases.split(',').map(caseNamed),
  };
});
const cache = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const loadBefore = load();
const results = [];
try {
  for (const one of chosen) results.push(await inLab(one));
} finally {
  rmSync(cache, { recursive: true, force: true });
}
const nmap = /Nmap version (\S+)/.exec(said('nmap', '--version') ?? '')?.[1] ?? null;
console.log(JSON.stringify({ bench: 'connect', machine: machine(), nmap, loadBefore, load: load(), results }, null, 2));
process.exitCode = results.every(({ ours }) => ours.found === ours.expected && ours.wronglyOpen === 0) ? 0 : 1;

function caseNamed(name: string): Case {
  const found = CASES.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new BadInput(`${name} is no case; these are: ${CASES.map((one) => one.name).join(', ')}`);
}

async function inLab(one: Case) {
  // However this program ends, the lab ends with it.
  const lab = await makeLab({ hosts: one.hosts });
  try {
    await lab.set({ silence: one.silence, lossPercent: 0, rttMs: 0 });
    // The first run fills Node's compile cache, as the start of a container image or of npm start does.
    await scan(lab, one);
    const [us, peer]: [Run[], Run[]] = [[], []];
    for (let i = 0; i < runs; i += 1) {
      us.push(await scan(lab, one));
      peer.push(await nmapOf(lab, one));
      process.stderr.write(`${one.name} ${i + 1}/${runs}: ours ${text(us.at(-1))}; nmap -sT ${text(peer.at(-1))}\n`);
    }
    const ratioOf = (of: (run: Run) => number): number =>
      round(median(us.map((run, i) => of(run) / of(peer[i] ?? run))));
    return {
      case: one.name,
      ratio: ratioOf(({ seconds }) => seconds),
      cpuRatio: ratioOf(({ cpuSeconds }) => cpuSeconds),
      ours: summary(us, one.hosts),
      nmap: summary(peer, one.hosts),
    };
  } finally {
    await lab.remove();
  }
}

function text(run: Run | undefined): string {
  return `${run?.seconds.toFixed(2)} s, CPU ${run?.cpuSeconds.toFixed(2)} s, ${run?.found} found`;
}

function summary(list: readonly Run[], hosts: number) {
  const of = (key: 'seconds' | 'cpuSeconds' | 'maxRssMB'): number => round(median(list.map((run) => run[key])));
  return {
    seconds: of('seconds'),
    cpuSeconds: of('cpuSeconds'),
    maxRssMB: of('maxRssMB'),
    everySeconds: list.map(({ seconds }) => round(seconds)),
    everyCpuSeconds: list.map(({ cpuSeconds }) => round(cpuSeconds)),
    found: list.reduce((sum, { found }) => sum + found, 0),
    expected: list.length * hosts * OPEN_PORTS.length,
    wronglyOpen: list.reduce((sum, { wrong }) => sum + wrong, 0),
    cutShort: list.filter(({ ended }) => !ended).length,
  };
}

async function scan(lab: Lab, one: Case): Promise<Run> {
  const { run, output } = await timed(lab, one, [process.execPath, SCAN, RATE, ...lab.targets.v4]);
  return { ...run, ...recall(lab, Scanned.parse(JSON.parse(output)).open) };
}

async function nmapOf(lab: Lab, one: Case): Promise<Run> {
  const { run, output } = await timed(lab, one, [
    'nmap',
    '-sT',
    '-Pn',
    '-n',
    '-p1-65535',
    '-T4',
    '-oG',
    '-',
    ...lab.targets.v4,
  ]);
  const open = [...output.matchAll(/^Host: (\S+) .*$/gm)].flatMap(([line, address]) =>
    [...line.matchAll(/(\d+)\/open\//g)].map(([, port]) => `${address} ${port}`),
  );
  return { ...run, ...recall(lab, open) };
}

async function timed(lab: Lab, one: Case, command: readonly string[]) {
  const prefix = [...lab.inside, ...one.cores];
  const limitSeconds = limit;
  const measured = await measure(command, { prefix, limitSeconds, cwd: cache, env: { NODE_COMPILE_CACHE: cache } });
  const { seconds, cpuSeconds, maxRssKiB, stopped, output } = measured;
  return { run: { seconds, cpuSeconds, maxRssMB: (maxRssKiB * 1_024) / 1e6, ended: !stopped }, output };
}

function recall(lab: Lab, open: readonly string[]): { found: number; wrong: number } {
  const right = new Set(lab.targets.v4.flatMap((address) => OPEN_PORTS.map((port) => `${address} ${port}`)));
  const found = new Set(open.filter((pair) => right.has(pair))).size;
  return { found, wrong: open.length - found };
}
