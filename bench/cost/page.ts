import type { Line, PriceTable } from './bill.ts';
import type { Month } from './model.ts';
import type { Profile } from './profiles.ts';
import type { WhatIf } from './what-if.ts';

/** What docs/cost.md says of one profile. */
export interface Page {
  readonly profile: Pick<Profile, 'title' | 'bound'>;
  readonly month: Pick<Month, 'probes' | 'shards' | 'addressResults' | 'taskHours' | 'trafficGb'>;
  readonly lines: readonly Line[];
  readonly total: number;
  readonly whatIfs: readonly WhatIf[];
}

const dollars = (usd: number): string => `${usd < 0 ? '-' : ''}$${Math.abs(usd).toFixed(2)}`;
const grouped = (count: number): string => Math.round(count).toLocaleString('en');

/** docs/cost.md. */
export function costPage(pages: readonly Page[], { region, written, source, prices }: PriceTable): string {
  const intro = [
    '# Cost',
    '',
    'Written by `node_modules/.bin/node bench/cost/run.ts --write`; change the bench or `bench/cost/prices.json`, not this page.',
    '',
    'A month on AWS when nothing goes wrong: the planner is replayed for the shards, the functions and the scanner loop run against DynamoDB Local',
    'and the embedded SQS while every call and its capacity is counted, and what costs money by being there is counted in the templates. Every',
    'address answers and has three open ports; at one in a hundred a port opens and closes again each day. Scanner tasks find capacity on Spot, the',
    'configured rate is kept, and the full sweep begins again at the first turn after it ended. Not counted: what an outage or an attack adds, messages',
    'to people, Security Hub, the storage of the scanner image, the member accounts.',
    '',
    `Prices: ${region}, written down ${written}. ${source}`,
  ];
  const table = Object.entries(prices).map(([name, { usd, unit, from }]) => `| ${name} | ${usd} | ${unit} | ${from} |`);
  return `${[
    ...intro,
    ...pages.flatMap(section),
    '',
    '## Prices',
    '',
    '| name | dollars | for | from |',
    '| --- | ---: | --- | --- |',
    ...table,
  ].join('\n')}\n`;
}

function section({ profile, month, lines, total, whatIfs }: Page): string[] {
  const verdict = total <= profile.bound ? 'within' : 'above';
  return [
    '',
    `## ${profile.title}`,
    '',
    `**${dollars(total)} a month**, ${verdict} the bound of ${dollars(profile.bound)}. ${grouped(month.probes)} probes, ${grouped(month.shards)} shards,`,
    `${grouped(month.addressResults)} results of addresses, ${grouped(month.taskHours)} task-hours. Across Regions or to another provider the traffic would cost $0.09 a GB`,
    `instead of twice $0.01: ${dollars(month.trafficGb * 0.09)} for ${grouped(month.trafficGb)} GB out.`,
    '',
    '| what | a month | how it comes about |',
    '| --- | ---: | --- |',
    ...lines.map(({ item, usd, how }) => `| ${item} | ${dollars(usd)} | ${how} |`),
    '',
    'What else could be, each by itself:',
    '',
    '| if | saves | leaves |',
    '| --- | ---: | ---: |',
    ...whatIfs.map(({ change, saves, total: left }) => `| ${change} | ${dollars(saves)} | ${dollars(left)} |`),
  ];
}
