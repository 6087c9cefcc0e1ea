import { readFileSync, writeFileSync } from 'node:fs';
import type { machine } from '../support/machine.ts';
import type { Case } from './cases.ts';
import type { Contestant } from './contestants/contestant.ts';
import type { Cell } from './race.ts';

export interface Raced {
  readonly case: Case;
  readonly cells: readonly Cell[];
}

export interface Report {
  readonly date: string;
  readonly machine: ReturnType<typeof machine>;
  readonly limitSeconds: number;
  /** For all cases together; null, or absent in reports from before there was one: none. */
  readonly budgetMinutes?: number | null;
  readonly contestants: readonly Pick<Contestant, 'name' | 'here'>[];
  readonly results: readonly Raced[];
}

const [FROM, TO] = ['<!-- result: written by run.ts --write -->', '<!-- end of result -->'];

/** Puts the tables into the README between its two marks. @throws when a mark is missing. */
export function writeInto(path: string, report: Report): void {
  const text = readFileSync(path, 'utf8');
  const [from, to] = [text.indexOf(FROM), text.indexOf(TO)];
  if (from === -1 || to < from) throw new Error(`${path} has no place between "${FROM}" and "${TO}"`);
  writeFileSync(path, `${text.slice(0, from)}${FROM}\n\n${tables(report)}\n${text.slice(to)}`);
}

/** Both: what `first` has comes first, and stays where both have measured the same. */
export function joined(first: Report, second: Report): Report {
  const names = [...new Set([...first.results, ...second.results].map((raced) => raced.case.name))];
  const results = names.flatMap((name) => {
    const [one, two] = [first, second].map(({ results: all }) => all.find((raced) => raced.case.name === name));
    if (one === undefined || two === undefined) return one ?? two ?? [];
    const had = new Set(one.cells.map((cell) => cell.contestant));
    return { case: one.case, cells: [...one.cells, ...two.cells.filter((cell) => !had.has(cell.contestant))] };
  });
  const had = new Set(first.contestants.map(({ name }) => name));
  return {
    ...first,
    date: first.date < second.date ? first.date : second.date,
    limitSeconds: Math.max(first.limitSeconds, second.limitSeconds),
    contestants: [...first.contestants, ...second.contestants.filter(({ name }) => !had.has(name))],
    results,
  };
}

export function tables({ date, machine, limitSeconds, budgetMinutes, contestants, results }: Report): string {
  const { cpu, cpus, memoryGiB, kernel, node, commit } = machine;
  const lines = [
    `${date}; ${cpus} x ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, commit ${commit}. A run is stopped after ${limitSeconds} s${budgetMinutes === null || budgetMinutes === undefined ? '' : `, or when its share of ${budgetMinutes} minutes is over`}.`,
    '',
    ...contestants.map(({ name, here }) => `- ${name}: ${'version' in here ? here.version : `absent, ${here.absent}`}`),
  ];
  for (const { case: one, cells } of results) {
    lines.push(
      '',
      `### ${one.name}`,
      '',
      '| | seconds: median (least to most) | found | wrong | packets that arrived | a second | CPU s per million | peak MB |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      ...cells.map((cell) => `| ${row(cell).join(' | ')} |`),
    );
  }
  return `${lines.join('\n')}\n`;
}

function row(cell: Cell): string[] {
  const { found, expected } = cell;
  const [least, most] = [Math.min(...found), Math.max(...found)];
  const range = `${cell.seconds.toFixed(2)} (${cell.least.toFixed(2)} to ${cell.most.toFixed(2)})`;
  const notes = [
    ...(found.length < 5 ? [found.length === 1 ? 'one run' : `${found.length} runs`] : []),
    ...(cell.stopped > 0 ? [`${cell.stopped} stopped`] : []),
  ];
  return [
    cell.contestant,
    [range, ...notes].join(', '),
    least === most ? `${least}/${expected}` : `${least} to ${most}/${expected}`,
    String(cell.wrong),
    cell.packets.toLocaleString('en-US'),
    cell.packetsPerSecond.toLocaleString('en-US'),
    cell.cpuSecondsPerMillion.toFixed(2),
    cell.maxRssMB.toFixed(0),
  ];
}
