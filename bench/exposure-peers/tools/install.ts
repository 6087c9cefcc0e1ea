import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runs } from './process.ts';

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portcullis', 'peers');
/** Prowler brings 200 packages: 2 minutes are usual. */
const INSTALL_LIMIT_MS = 900_000;

/** Where a peer is installed, and the reason when it cannot be. */
export type Installed = { readonly bin: string } | { readonly absent: string };

/**
 * Installs what `requirements-NAME.txt` pins into an environment of its own under the user's cache, once. The first install needs PyPI.
 */
export async function installPeer(name: string, say: (line: string) => void): Promise<Installed> {
  const requirements = join(import.meta.dirname, '..', `requirements-${name}.txt`);
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = join(CACHE, `${name}-${hash}`);
  // A folder that is there is whole: it is put there last. Programs in it start by `bin/python -m`, because scripts name the folder they were made in.
  if (existsSync(folder)) return { bin: join(folder, 'bin') };
  const part = `${folder}.part-${process.pid}`;
  say(`installing ${name} into ${folder} ...`);
  try {
    await mkdir(CACHE, { recursive: true });
    await runs('python3', ['-m', 'venv', part], { limitMs: INSTALL_LIMIT_MS });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
    await runs(join(part, 'bin', 'python'), [...pip, '-r', requirements], { limitMs: INSTALL_LIMIT_MS });
    await rename(part, folder);
    return { bin: join(folder, 'bin') };
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    return { absent: error instanceof Error ? error.message : String(error) };
  }
}
