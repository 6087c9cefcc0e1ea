import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { said } from '../../support/machine.ts';
import { type Contestant, named, pairs } from './contestant.ts';

const SCRIPT = fileURLToPath(new URL('scan-once.ts', import.meta.url));
const SYN = join(import.meta.dirname, '..', '..', '..', 'fargate-scanner', 'engines', 'syn', 'syn-engine.ts');
const LINE = /^(?<address>\S+) (?<port>\d+)$/gm;

/** As the container starts it (fargate-scanner/start.sh). */
const LEAN = ['--max-semi-space-size=2', '--optimize-for-size', '--v8-pool-size=0', '--no-separate-gc-phases'];

/** A process of its own, start-up included. `tries`: 1 is what the tasks of Portcullis ask for. */
function portcullis(engine: 'connect' | 'syn', tries: number): Contestant {
  const commit = said('git', '-C', import.meta.dirname, 'rev-parse', '--short', 'HEAD') ?? 'unknown';
  const absent = engine === 'syn' && !existsSync(SYN);
  return {
    name: `Portcullis ${engine}${tries === 1 ? '' : ` x${tries}`}`,
    here: absent ? { absent: 'this checkout has no syn engine' } : { version: commit },
    ask: ({ ports, ...where }) => ({
      command: [process.execPath, ...LEAN, SCRIPT, engine, String(tries), ports, ...named(where)],
      found: pairs(LINE),
    }),
  };
}

export const portcullises = (): Contestant[] => [
  portcullis('syn', 1),
  portcullis('syn', 3),
  portcullis('connect', 1),
  portcullis('connect', 3),
];
