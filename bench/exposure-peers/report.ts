import { round } from '../support/stats.ts';
import { isReachable } from './corpus/case.ts';
import type { Result } from './measure.ts';

/** One tool's row. Ports and sources are counted over all cases. */
export interface Row {
  readonly tool: string;
  readonly version: string;
  /** Cases it has a question for, and how many of those are reachable. */
  readonly asked: number;
  readonly reachable: number;
  readonly noQuestion: number;
  readonly right: number;
  readonly falseOpen: number;
  readonly missed: number;
  /** Right answers, of those asked. */
  readonly rightShare: number;
  readonly close: {
    readonly asked: number;
    /** The port is shut and nothing else changed. */
    readonly exact: number;
    readonly stillOpen: number;
    /** Shut to the internet, but not to some public addresses that had to go too: counted as exact. */
    readonly leftNarrow: number;
    readonly refused: number;
    /** Cases in which something went that had to stay. */
    readonly collateral: number;
    readonly collateralPorts: number;
    readonly collateralProtocols: number;
    readonly collateralSources: number;
    readonly openedPorts: number;
    readonly exactShare: number;
  };
  /** Case by case, what was not right: name -> what. */
  readonly wrong: Readonly<Record<string, string>>;
}

export function rowOf(tool: string, version: string, results: readonly Result[], noQuestion: number): Row {
  const count = (is: (result: Result) => boolean): number => results.filter(is).length;
  const falseOpen = count((each) => each.said.reachable && !isReachable(each.case));
  const missed = count((each) => !each.said.reachable && isReachable(each.case));
  const right = results.length - falseOpen - missed;
  const closures = results.flatMap(({ closure }) => closure ?? []);
  const outcomes = closures.map(({ outcome }) => outcome);
  const sum = (of: (outcome: (typeof outcomes)[number]) => number): number =>
    outcomes.reduce((total, each) => total + of(each), 0);
  const exact = closures.filter(({ refused, outcome }) => refused === null && isExact(outcome)).length;
  return {
    tool,
    version,
    asked: results.length,
    reachable: closures.length,
    noQuestion,
    right,
    falseOpen,
    missed,
    rightShare: round(right / results.length),
    close: {
      asked: closures.length,
      exact,
      stillOpen: outcomes.filter(({ stillOpen }) => stillOpen).length,
      leftNarrow: outcomes.filter(({ leftNarrow }) => leftNarrow).length,
      refused: closures.filter(({ refused }) => refused !== null).length,
      collateral: outcomes.filter((each) => hasCollateral(each)).length,
      collateralPorts: sum(({ lostPorts }) => lostPorts),
      collateralProtocols: sum(({ lostProtocols }) => lostProtocols),
      collateralSources: sum(({ lostSources }) => lostSources),
      openedPorts: sum(({ gainedPorts }) => gainedPorts),
      exactShare: round(exact / closures.length),
    },
    wrong: Object.fromEntries(results.flatMap((each) => problemOf(each) ?? []).map(({ name, what }) => [name, what])),
  };
}

type Closed = NonNullable<Result['closure']>['outcome'];

const hasCollateral = ({ lostPorts, lostProtocols, lostSources }: Closed): boolean =>
  lostPorts + lostProtocols + lostSources > 0;

const isExact = (outcome: Closed): boolean =>
  !outcome.stillOpen && outcome.gainedPorts === 0 && !hasCollateral(outcome);

function problemOf({ case: asked, said, closure }: Result): { name: string; what: string } | null {
  const parts: string[] = [];
  if (said.reachable !== isReachable(asked)) {
    parts.push(`${said.reachable ? 'said reachable' : 'missed'}, but ${asked.answer.because}`);
  }
  if (said.difference !== null) parts.push(said.difference);
  if (closure !== null && closure.refused !== null) parts.push(`refused to close: ${closure.refused}`);
  if (closure !== null && !isExact(closure.outcome)) {
    const { stillOpen, lostPorts, lostProtocols, lostSources, gainedPorts } = closure.outcome;
    const counts = {
      'ports lost': lostPorts,
      'protocols lost': lostProtocols,
      'sources lost': lostSources,
      'ports opened': gainedPorts,
    };
    const numbers = Object.entries(counts).flatMap(([what, n]) => (n > 0 ? [`${n} ${what}`] : []));
    parts.push(`after closing: ${[stillOpen ? 'still open' : 'shut', ...numbers].join(', ')}`);
  }
  return parts.length === 0 ? null : { name: asked.name, what: parts.join('; ') };
}

/** The rows side by side. */
export function tableOf(rows: readonly Row[], absent: Readonly<Record<string, string>>): string {
  const lines: readonly [string, (row: Row) => string][] = [
    ['cases it has a question for', (row) => `${row.asked}`],
    ['... of them reachable', (row) => `${row.reachable}`],
    ['right answers', (row) => `${row.right} (${percent(row.rightShare)})`],
    ['reachable ones missed', (row) => `${row.missed}`],
    ['false: said reachable', (row) => `${row.falseOpen}`],
    ['told to close', (row) => `${row.close.asked}`],
    ['... shut, and nothing else changed', (row) => `${row.close.exact} (${percent(row.close.exactShare)})`],
    ['... still open', (row) => `${row.close.stillOpen}`],
    ['... still open to a few public addresses', (row) => `${row.close.leftNarrow}`],
    ['... refused', (row) => `${row.close.refused}`],
    ['... with collateral', (row) => `${row.close.collateral}`],
    ['ports lost that had to stay', (row) => row.close.collateralPorts.toLocaleString('en')],
    ['sources lost that had to stay', (row) => `${row.close.collateralSources}`],
    ['ports opened', (row) => `${row.close.openedPorts}`],
  ];
  const head = ['', ...rows.map(({ tool, version }) => `${tool} ${version}`)];
  const body = lines.map(([title, cell]) => [title, ...rows.map(cell)]);
  const table = [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...body].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  const missing = Object.entries(absent).map(([tool, reason]) => `${tool} is absent: ${reason}`);
  return [...table, ...(missing.length > 0 ? ['', ...missing] : [])].join('\n');
}

const percent = (share: number): string => `${round(share * 100, 1)} %`;
