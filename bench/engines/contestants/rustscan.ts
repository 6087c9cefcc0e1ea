import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { said } from '../../support/machine.ts';
import { type Contestant, named } from './contestant.ts';

const VERSION = '2.4.1';
const ROOT = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'portcullis',
  'bench',
  `rustscan-${VERSION}`,
);
const PROGRAM = join(ROOT, 'bin', 'rustscan');
/** 200 crates; two minutes are usual. */
const BUILD_LIMIT_MS = 900_000;
const LINE = /^(?<address>\S+) -> \[(?<ports>[\d,]+)\]/gm;

/** From crates.io, built once into the user's cache, if there is a cargo. As it comes: batches of 4,500 sockets, 1.5 s, one try. */
export function rustscan(say: (line: string) => void): Contestant {
  return {
    name: 'RustScan',
    here: install(say),
    ask: ({ ports, ...where }) => ({
      command: [
        PROGRAM,
        '--no-config',
        '--no-banner',
        '--greppable',
        '--ulimit',
        '5000',
        '-r',
        ports,
        '-a',
        named(where).join(','),
      ],
      found: (output) =>
        new Set(
          [...output.matchAll(LINE)].flatMap(({ groups }) =>
            (groups?.['ports'] ?? '').split(',').map((port) => `${groups?.['address']} ${port}`),
          ),
        ),
    }),
  };
}

function install(say: (line: string) => void): Contestant['here'] {
  if (existsSync(PROGRAM)) return { version: VERSION };
  if (said('cargo', '--version') === null) return { absent: 'there is no cargo to build it with' };
  say(`building RustScan ${VERSION} into ${ROOT} ...`);
  try {
    const args = ['install', 'rustscan', '--version', VERSION, '--locked', '--root', ROOT];
    execFileSync('cargo', args, { stdio: 'ignore', timeout: BUILD_LIMIT_MS });
    return { version: VERSION };
  } catch {
    return { absent: 'cargo could not build it' };
  }
}
