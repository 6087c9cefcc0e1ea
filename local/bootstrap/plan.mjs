import { createHash } from 'node:crypto';

/**
 * `runtime`: what the program needs. `full`: with what tests and builds need.
 * @typedef {'runtime' | 'full'} Level
 * @typedef {{ hash: string, level: Level }} Stamp
 * @typedef {{ action: 'none' } | { action: 'install', level: Level, args: string[], notice: string }} Decision
 */

/** The parts of package.json that decide what npm installs: editing a script does not reinstall. */
const INSTALL_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];

/**
 * SHA-256 over everything that decides what npm installs.
 * @param {string} packageJson
 * @param {string} lockfile
 */
export function installHash(packageJson, lockfile) {
  const fields = /** @type {Record<string, unknown>} */ (JSON.parse(packageJson));
  const relevant = INSTALL_FIELDS.map((field) => [field, fields[field] ?? null]);
  return createHash('sha256').update(JSON.stringify(relevant)).update('\0').update(lockfile).digest('hex');
}

/**
 * The stamp in `text`, or null when it is not one: then the install is repeated.
 * @param {string | null} text
 * @returns {Stamp | null}
 */
export function parseStamp(text) {
  if (text === null) return null;
  try {
    const { hash, level } = JSON.parse(text);
    return typeof hash === 'string' && (level === 'runtime' || level === 'full') ? { hash, level } : null;
  } catch {
    return null;
  }
}

/**
 * What to run, if anything. An outdated full install stays full: starting the program does not take a developer's tools away.
 * @param {{ stamp: Stamp | null, hash: string, level: Level }} state `stamp` of the last finished install, null without one
 * @returns {Decision}
 */
export function decideInstall({ stamp, hash, level }) {
  const current = stamp?.hash === hash;
  const wanted = stamp?.level === 'full' ? 'full' : level;
  if (current && stamp.level === wanted) return { action: 'none' };
  if (wanted === 'runtime') {
    return {
      action: 'install',
      level: wanted,
      args: ['ci', '--omit=dev'],
      notice: 'installing what portcullis needs (once, some 20 seconds) ...',
    };
  }
  return {
    action: 'install',
    level: wanted,
    // Adds the development packages to what is there; --no-save leaves package.json and the lockfile as they are.
    args: current ? ['install', '--no-save', '--include=dev'] : ['ci', '--include=dev'],
    notice: 'installing what the tests need (once, up to a minute) ...',
  };
}
