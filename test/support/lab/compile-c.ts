import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portcullis', 'bench');

/** Compiles one C file with the system's `cc`, once for each content; gives the path of the program. @throws when there is no `cc` or it refuses. */
export function compileC(source: string): string {
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const program = join(CACHE, `${basename(source, '.c')}-${hash}`);
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  const part = `${program}.part-${process.pid}`;
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', part, source], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // A program that is there is whole: it is put there last.
  renameSync(part, program);
  return program;
}
