/**
 * Scan engines beside the tools people use, in a network this program makes and removes: every port of one host and of 32, closed or silent,
 * with loss and delay. Needs root, ip, nft and cc; a contestant that is not installed is named as absent. Progress on stderr, JSON on stdout.
 *   node_modules/.bin/node bench/engines/run.ts [--cases 1-dropped,32-ingress-loss5 | all] [--contestants "nmap -sS -T4,C ruler"]
 *     [--runs 5] [--limit 120] [--patience 600] [--budget MINUTES] [--add earlier.json] [--write] [--list]
 * `--write` puts the tables into README.md beside this file. MASSCAN=, NAABU=: paths of programs that are not packages.
 * `--budget`: all cases together take about so many minutes; each has its share, in which the slow are stopped after one run.
 * A contestant that has taken `--patience` seconds in a case gets no further run there. `--add`: the tables get what an earlier call measured too.
 * Exit code 1: a Portcullis engine said that something is open which is not, or missed something where no packet is lost.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeLab } from '../../test/support/lab/lab.ts';
import { BadInput } from '../../core/errors.ts';
import { load, machine } from '../support/machine.ts';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { byCase, type Case, chooseCases, weightOf, WIDE } from './cases.ts';
import { allContestants } from './contestants/all.ts';
import type { Contestant } from './contestants/contestant.ts';
import { race } from './race.ts';
import { ordinary, widen } from './questions.ts';
import { joined, type Raced, type Report, tables, writeInto } from './report.ts';

const { values } = optionsOf(() =>
  parseArgs({
    options: {
      cases: { type: 'string' },
      contestants: { type: 'string' },
      runs: { type: 'string', default: '5' },
      limit: { type: 'string', default: '120' },
      patience: { type: 'string', default: '600' },
      budget: { type: 'string' },
      add: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  }),
);
let warm = false;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const all = allContestants(say);
const { runs, limitSeconds, patienceSeconds, budgetMinutes, cases, contestants } = optionsOf(() => ({
  runs: wholeNumber('--runs', values.runs),
  limitSeconds: wholeNumber('--limit', values.limit),
  patienceSeconds: wholeNumber('--patience', values.patience),
  budgetMinutes: values.budget === undefined ? null : wholeNumber('--budget', values.budget),
  cases: chooseCases(values.cases),
  contestants: choose(all, values.contestants),
}));
const total = cases.reduce((sum, one) => sum + weightOf(one), 0);
if (values.list) {
  for (const one of all) console.log(one.name, one.here);
  for (const one of cases) console.log(one.name);
} else process.exitCode = await bench();

async function bench(): Promise<number> {
  const present = contestants.filter((one) => 'version' in one.here);
  const cache = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const startedAt = new Date().toISOString();
  const loadBefore = load();
  const results: Raced[] = [];
  try {
    for (const one of cases) results.push(await inLab(one, present, cache));
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
  const who = contestants.map(({ name, here }) => ({ name, here }));
  const own: Report = { date: startedAt, machine: machine(), limitSeconds, budgetMinutes, contestants: who, results };
  const earlier = values.add.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report);
  const report = inOrder(earlier.reduce((sum, one) => joined(sum, one), own));
  console.log(JSON.stringify({ bench: 'engines', loadBefore, ...report }, null, 2));
  say(tables(report));
  if (values.write) writeInto(join(import.meta.dirname, 'README.md'), report);
  return results.some(failed) ? 1 : 0;
}

async function inLab(one: Case, present: readonly Contestant[], cache: string): Promise<Raced> {
  // However this program ends, the lab ends with it.
  const lab = await makeLab({ hosts: Math.min(one.hosts, 256) });
  try {
    await lab.set(one);
    const env = { NODE_COMPILE_CACHE: cache };
    const { question, truth } = one === WIDE ? widen(lab) : ordinary(lab, one);
    const options = { lab, limitSeconds, patienceSeconds, budgetSeconds: null, cwd: cache, env, question, truth };
    const budgetSeconds = budgetMinutes === null ? null : (budgetMinutes * 60 * weightOf(one)) / total;
    // The first run of all fills Node's compile cache, as the start of a container image or of npm start does.
    if (!warm) await race(one, present.filter(isOurs), { ...options, runs: 1, say: () => undefined });
    warm = true;
    return { case: one, cells: await race(one, present, { ...options, runs, budgetSeconds, say }) };
  } finally {
    await lab.remove();
  }
}

/** Whatever was measured first. */
function inOrder(report: Report): Report {
  const place = (name: string): number => all.findIndex((one) => one.name === name);
  return {
    ...report,
    contestants: report.contestants.toSorted((a, b) => place(a.name) - place(b.name)),
    results: report.results
      .toSorted((a, b) => byCase(a.case, b.case))
      .map(({ case: one, cells }) => ({
        case: one,
        cells: cells.toSorted((a, b) => place(a.contestant) - place(b.contestant)),
      })),
  };
}

function failed({ case: one, cells }: Raced): boolean {
  return cells.some(
    (cell) =>
      isOurs({ name: cell.contestant }) &&
      (cell.wrong > 0 || (one.lossPercent === 0 && cell.found.some((found) => found < cell.expected))),
  );
}

function isOurs({ name }: Pick<Contestant, 'name'>): boolean {
  return name.startsWith('Portcullis');
}

function choose(from: readonly Contestant[], text: string | undefined): readonly Contestant[] {
  if (text === undefined) return from;
  return text.split(',').map((name) => {
    const found = from.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new BadInput(`${name} is no contestant; these are: ${from.map((one) => one.name).join(', ')}`);
  });
}
