/**
 * What a month on AWS costs: counted requests and capacity, counted resources, and a table of list prices. JSON on stdout, progress on stderr;
 * `--write` writes docs/cost.md. Needs DynamoDB Local, which `npm test` installs. Exit 1 when a profile costs more than its bound.
 *   node_modules/.bin/node bench/cost/run.ts [--write]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { installEmulators, isInstalled } from '../../test/support/emulators/install.mjs';
import { machine } from '../support/machine.ts';
import { atMost, round } from '../support/stats.ts';
import { billOf, readPrices, totalOf } from './bill.ts';
import { countDeployed } from './deployed.ts';
import { TODAY } from './design.ts';
import { type Sample, sampleOf } from './measure.ts';
import { type Inputs, monthOf } from './model.ts';
import { costPage } from './page.ts';
import { type Profile, PROFILES } from './profiles.ts';
import { measureRunRecord, type RunRecord } from './run-record.ts';
import { busyTasks, settingsOf, sizeOf } from './shard-counts.ts';
import { whatIfs } from './what-if.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** Fleets that are measured: what grows with the addresses is a line through both. */
const SIZES = [24, 96] as const;
/** Pairs of a shard that a what-if asks about. */
const LARGER = 2_048;
const PAGE = new URL('../../docs/cost.md', import.meta.url);

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
if (!isInstalled('dynamodb-local')) await installEmulators(say);
const table = readPrices();
const [first] = PROFILES;
if (first === undefined) throw new Error('there is no profile');
const runRecord = await measureRunRecord(first);
// What one result or one start asks for does not depend on how often it happens, so one profile is measured.
const samples: [Sample, Sample] = [await sample(SIZES[0]), await sample(SIZES[1])];
const results = [];
for (const profile of PROFILES) results.push(await priced(profile, runRecord, samples));
if (values.write) await writeFile(PAGE, costPage(results, table));
const targets = results.map(({ profile, total }) =>
  atMost(`dollars a month, ${profile.title}`, round(total, 2), profile.bound, 'USD'),
);
console.log(
  JSON.stringify(
    { bench: 'cost', machine: machine(), prices: table, runRecord, samples, profiles: results, targets },
    null,
    2,
  ),
);
process.exitCode =
  targets.every(({ pass }) => pass) && results.every(({ month }) => month.tooLarge.length === 0) ? 0 : 1;

async function sample(addresses: number): Promise<Sample> {
  say(`measuring a fleet of ${addresses} ...`);
  return sampleOf(first as Profile, addresses);
}

async function priced(profile: Profile, record: RunRecord, measured: readonly [Sample, Sample]) {
  say(`replaying the planner for ${profile.addresses} addresses ...`);
  const settings = settingsOf(profile);
  const tasks: Inputs['tasks'][number][] = [];
  for (const task of busyTasks(settings)) {
    const size = await sizeOf(task, profile);
    tasks.push({ task, size, sizes: new Map([[LARGER, await sizeOf(task, profile, LARGER)]]) });
  }
  const deployed = countDeployed({ cadenceMs: profile.cadenceMs, rate: profile.rate });
  const inputs = { profile, settings, tasks, samples: measured, runRecord: record, deployed };
  const month = monthOf(inputs, TODAY);
  const lines = billOf(month, deployed, TODAY, table);
  return {
    profile,
    tasks: tasks.map(({ task, size }) => ({ id: task.id, name: task.name, ...size })),
    deployed,
    month,
    lines,
    total: totalOf(lines),
    whatIfs: whatIfs(inputs, table),
  };
}
