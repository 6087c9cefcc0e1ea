/**
 * The corpus against Portcullis and the tools people use, over moto on this machine. JSON on stdout, the table and progress on stderr.
 * Exit 1 when Portcullis has one wrong verdict, refuses one closure or changes anything else.
 *   node_modules/.bin/node bench/exposure-peers/run.ts [--tools portcullis,custodian,prowler] [--only TEXT]
 */
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { parseArgs } from 'node:util';
import { BadInput } from '../../core/errors.ts';
import { emulatorClientConfig } from '../../test/support/emulators/client-config.ts';
import { installEmulators, isInstalled } from '../../test/support/emulators/install.mjs';
import { startMoto } from '../../test/support/emulators/moto.ts';
import { load, machine } from '../support/machine.ts';
import { optionsOf } from '../support/options.ts';
import { round } from '../support/stats.ts';
import { CORPUS } from './corpus/all.ts';
import { type Case, isReachable } from './corpus/case.ts';
import { type Bench, MOST_CASES, measure, type Result } from './measure.ts';
import { type Row, rowOf, tableOf } from './report.ts';
import { findTools } from './tools/find-tools.ts';
import type { Tool } from './tools/tool.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const { values } = optionsOf(() =>
  parseArgs({
    options: {
      tools: { type: 'string', default: 'portcullis,custodian,prowler' },
      only: { type: 'string', default: '' },
    },
  }),
);
const cases = optionsOf(() => casesWith(values.only));

const { tools, absent } = await findTools(values.tools.split(','), say);
if (!isInstalled('moto')) await installEmulators(say);
const loadBefore = load();
const startedAt = performance.now();
const moto = await startMoto();
const config = emulatorClientConfig(moto.url);
const clients = { ec2: new EC2Client(config), elb: new ElasticLoadBalancingV2Client(config) };
try {
  const rows: Row[] = [];
  for (const tool of tools) rows.push(await ask(tool, { url: moto.url, clients }));
  say(`\n${tableOf(rows, absent)}\n`);
  console.log(JSON.stringify(report(rows), null, 2));
} finally {
  clients.ec2.destroy();
  clients.elb.destroy();
  await moto.close();
}

/**
 * An account for each port, so that what a tool does about one port does not meet a case about another. Prowler takes the main route tables of
 * all VPCs for that of one, so where the main table decides a case has an account to itself.
 */
function accountOf({ name, ask: { protocol, port }, world }: Case): string {
  const usesMain = Object.values(world.subnets).some(({ routes }) => routes === null);
  return usesMain ? name : `${protocol} ${port}`;
}

function casesWith(text: string): Case[] {
  const found = CORPUS.filter(({ emulated, name }) => emulated && name.includes(text));
  if (found.length === 0) throw new BadInput(`No case has "${text}" in its name.`);
  return found;
}

async function ask(tool: Tool, bench: Bench): Promise<Row> {
  const [asked, others] = [cases.filter((each) => tool.asks(each.ask)), cases.filter((each) => !tool.asks(each.ask))];
  const byPort = Map.groupBy(asked, (each) => accountOf(each));
  const results: Result[] = [];
  for (const [port, each] of byPort) {
    for (let i = 0; i < each.length; i += MOST_CASES) {
      results.push(...(await measure(tool, each.slice(i, i + MOST_CASES), bench)));
    }
    say(`${tool.name}: ${port}, ${each.length} cases, ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  }
  return rowOf(tool.name, tool.version, results, others.length);
}

function report(rows: readonly Row[]) {
  const ours = rows.find(({ tool }) => tool === 'Portcullis');
  const ratio = (a: number, b: number): number | null => (b === 0 ? null : round(a / b));
  const wrong = ours === undefined ? 0 : Object.keys(ours.wrong).length + ours.close.leftNarrow;
  process.exitCode = wrong === 0 ? 0 : 1;
  return {
    bench: 'exposure-peers',
    machine: machine(),
    loadAverage: { before: loadBefore, after: load() },
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    corpus: {
      cases: CORPUS.length,
      asked: cases.length,
      reachable: cases.filter(isReachable).length,
      notEmulated: CORPUS.filter(({ emulated }) => !emulated).map(({ name }) => name),
    },
    tools: rows,
    absent,
    /** Ours over theirs, each of the cases that it has a question for. */
    ratios: rows
      .filter((row) => ours !== undefined && row !== ours)
      .map((row) => ({
        tool: row.tool,
        rightAnswers: ratio(ours?.rightShare ?? 0, row.rightShare),
        exactClosures: ratio(ours?.close.exactShare ?? 0, row.close.exactShare),
      })),
    targets: [
      {
        what: 'wrong verdicts, refused or inexact closures of Portcullis',
        measured: wrong,
        bound: '0',
        pass: wrong === 0,
      },
    ],
  };
}
