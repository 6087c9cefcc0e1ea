import type { Lab } from '../../test/support/lab/lab.ts';
import { median, round } from '../support/stats.ts';
import { CaseTime } from './case-time.ts';
import type { Case } from './cases.ts';
import type { Contestant, Question } from './contestants/contestant.ts';
import { measure } from './measure.ts';

/** One run of one contestant. */
export interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxRssMB: number;
  /** Packets that reached the targets. */
  readonly packets: number;
  readonly found: number;
  /** Said to be open, and is not. */
  readonly wrong: number;
  readonly stopped: boolean;
  readonly code: number | null;
}

/** What a contestant did in a case; medians over its runs. */
export interface Cell {
  readonly contestant: string;
  readonly expected: number;
  readonly seconds: number;
  readonly least: number;
  readonly most: number;
  /** Of each run. */
  readonly found: readonly number[];
  readonly wrong: number;
  readonly stopped: number;
  readonly packets: number;
  /** Packets that reached the targets, per second of the whole process. */
  readonly packetsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly maxRssMB: number;
  readonly runs: readonly Run[];
}

export interface RaceOptions {
  readonly lab: Lab;
  readonly runs: number;
  readonly limitSeconds: number;
  readonly cwd: string;
  /** A contestant that took longer than this in all in a case gets no further run there. */
  readonly patienceSeconds: number;
  /** For the whole case: what takes too long is stopped earlier, and gets no further run; null: no limit but the others. */
  readonly budgetSeconds: number | null;
  /** What is scanned. */
  readonly question: Question;
  /** Addresses and ports that are open, `address port`. */
  readonly truth: ReadonlySet<string>;
  readonly env: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

/** All contestants in turn, round after round, so that a change of the machine's speed meets all. One that was stopped runs no second time. */
export async function race(one: Case, contestants: readonly Contestant[], options: RaceOptions): Promise<Cell[]> {
  const { lab, runs, patienceSeconds, cwd, env, say, question, truth } = options;
  const time = new CaseTime({ ...options, contestants: contestants.length, now: () => performance.now() / 1_000 });
  const done = new Map<string, Run[]>();
  for (let round_ = 0; round_ < runs; round_ += 1) {
    for (const contestant of contestants) {
      const mine = done.get(contestant.name) ?? [];
      const asked = contestant.ask(question);
      const spent = mine.reduce((sum, run) => sum + run.seconds, 0);
      if (asked === null || spent > patienceSeconds || mine.some((run) => run.stopped)) continue;
      const limitSeconds = time.limitOf(mine.at(-1)?.seconds ?? null);
      if (limitSeconds === null) continue;
      const before = lab.packets().arrived;
      const measured = await measure(asked.command, { prefix: lab.inside, limitSeconds, cwd, env });
      const found = asked.found(measured.output);
      const run: Run = {
        seconds: round(measured.seconds),
        cpuSeconds: round(measured.cpuSeconds),
        maxRssMB: round((measured.maxRssKiB * 1_024) / 1e6, 1),
        packets: lab.packets().arrived - before,
        found: [...found].filter((pair) => truth.has(pair)).length,
        wrong: [...found].filter((pair) => !truth.has(pair)).length,
        stopped: measured.stopped,
        code: measured.code,
      };
      done.set(contestant.name, [...mine, run]);
      const end = run.stopped ? ', stopped' : run.code === 0 ? '' : `, exit ${run.code}: ${measured.errors.trim()}`;
      say(`${one.name} ${round_ + 1}/${runs} ${contestant.name}: ${run.seconds} s, ${run.found}/${truth.size}${end}`);
    }
  }
  return [...done].map(([contestant, list]) => cellOf(contestant, truth.size, list));
}

function cellOf(contestant: string, expected: number, runs: readonly Run[]): Cell {
  const middle = (pick: (run: Run) => number): number => median(runs.map(pick));
  const seconds = runs.map((run) => run.seconds);
  return {
    contestant,
    expected,
    seconds: round(median(seconds)),
    least: Math.min(...seconds),
    most: Math.max(...seconds),
    found: runs.map((run) => run.found),
    wrong: runs.reduce((sum, run) => sum + run.wrong, 0),
    stopped: runs.filter((run) => run.stopped).length,
    packets: middle((run) => run.packets),
    packetsPerSecond: Math.round(middle((run) => run.packets / run.seconds)),
    cpuSecondsPerMillion: round(
      middle((run) => (run.cpuSeconds * 1e6) / run.packets),
      2,
    ),
    maxRssMB: round(
      middle((run) => run.maxRssMB),
      1,
    ),
    runs,
  };
}
