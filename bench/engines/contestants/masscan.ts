import { execFileSync } from 'node:child_process';
import { INTERFACE } from '../../../test/support/lab/lab.ts';
import { type Contestant, named, pairs } from './contestant.ts';

/** More than it reaches: it is left to find its own ceiling. */
const RATE = '10000000';
const LINE = /^open tcp (?<port>\d+) (?<address>\S+)/gm;

/** Its version; it ends with another code than 0 when asked. */
function versionOf(program: string): string | null {
  try {
    return (
      VERSION.exec(
        execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      )?.[1] ?? null
    );
  } catch (error) {
    const { stdout } = error as { stdout?: unknown };
    return VERSION.exec(typeof stdout === 'string' ? stdout : '')?.[1] ?? null;
  }
}
const VERSION = /Masscan version (\S+)/;

function masscan(name: string, program: string | undefined, ...flags: readonly string[]): Contestant {
  const version = program === undefined ? null : versionOf(program);
  const absent = program === undefined ? 'MASSCAN=/path/to/a/newer/masscan is not given' : `${program} cannot be run`;
  return {
    name,
    here: version === null ? { absent } : { version },
    ask: ({ lab, ports, ...where }) => ({
      // There is no router here: what it sends goes to the neighbour itself.
      command: [
        program ?? '',
        `-p${ports}`,
        '--rate',
        RATE,
        ...flags,
        '-e',
        INTERFACE,
        '--router-mac',
        lab.targetMac,
        '-oL',
        '-',
        named(where).join(','),
      ],
      found: pairs(LINE),
    }),
  };
}

/** As it comes (it waits 10 s for late answers), and with the shortest wait that still collects them. */
export const masscans = (): Contestant[] => [
  masscan('masscan', 'masscan'),
  masscan('masscan --wait 1', 'masscan', '--wait', '1'),
  masscan('masscan (newer)', process.env['MASSCAN']),
];
