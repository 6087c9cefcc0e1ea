/**
 * What a month on AWS costs: counted requests and capacity, counted resources, and a table of list prices. JSON on stdout, progress on stderr;
 * `--write` writes docs/cost.md. Needs DynamoDB Local, which `npm test` installs. Exit 1 when a profile costs more than its bound.
 *   node_modules/.bin/node bench/cost/run.ts [--write]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { installEmulators, isInstalled } from '../../test/support/emulators/install.mjs';
import { machine } from '../support/machine.ts';
import { optionsOf } from '../support/options.ts';
import { atMost, round } from '../support/stats.ts';
import { billOf, readPrices, totalOf } from './bill.ts';
import { countDeployed } from './deployed.ts';
import { TODAY } from './design.ts';
import { type Sample, sampleOf } from './measure.ts';
import { type Inputs, monthOf } from './model.ts';
import { costPage } from './page.ts';
import { type Profile, PROFILES } from './profiles.ts';
import { busyTasks, settingsOf, sizeOf } from './shard-counts.ts';
import { whatIfs } from './what-if.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** Fleets that are measured: what grows with the addresses is a line through both. */
const SIZES = [24, 96] as const;
const PAGE = new URL('../../docs/cost.md', import.meta.url);

const { values } = optionsOf(() => parseArgs({ options: { write: { type: 'boolean', default: false } } }));
if (!isInstalled('dynamodb-local')) await installEmulators(say);
const table = readPrices();
const [first] = PROFILES;
// What one result or one start asks for does not depend on how often it happens, so one profile is measured.
const samples: [Sample, Sample] = [await sample(SIZES[0]), await sample(SIZES[1])];
const results = [];
for (const profile of PROFILES) results.push(await priced(profile, samples));
if (values.write) await writeFile(PAGE, costPage(results, table));
const targets = results.map(({ profile, total }) =>
  atMost(`dollars a month, ${profile.title}`, round(total, 2), profile.bound, 'USD'),
);
console.log(
  JSON.stringify({ bench: 'cost', machine: machine(), prices: table, samples, profiles: results, targets }, null, 2),
);
process.exitCode = targets.every(({ pass }) => pass) ? 0 : 1;

async function sample(addresses: number): Promise<Sample> {
  say(`measuring a fleet of ${addresses} ...`);
  return sampleOf(first, addresses);
}

async function priced(profile: Profile, measured: readonly [Sample, Sample]) {
  say(`replaying the planner for ${profile.addresses} addresses ...`);
  const settings = settingsOf(profile);
  const tasks: Inputs['tasks'][number][] = [];
  for (const task of busyTasks(settings)) tasks.push({ task, size: await sizeOf(task, profile) });
  const deployed = countDeployed({ cadenceMs: profile.cadenceMs, rate: profile.rate });
  const inputs = { profile, settings, tasks, samples: measured, deployed };
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
