import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInstallLock } from './lock.mjs';
import { decideInstall, installHash, parseStamp } from './plan.mjs';

/** The checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const STAMP = join(ROOT, 'node_modules', '.portcullis-stamp.json');
const LOCK = join(ROOT, '.portcullis-install.lock');

/** The Node that runs everything but this bootstrap: version 24, pinned in package.json. */
export const NODE = join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Installs what is missing. Does nothing, in a few milliseconds, when it is all there.
 * @param {import('./plan.mjs').Level} level
 * @param {(line: string) => void} notice
 * @throws {Error} with one line for people when it cannot be installed
 */
export async function ensureInstalled(level, notice) {
  if (decide(level).action === 'none') return;
  await withInstallLock(
    LOCK,
    { onWait: (pids) => notice(`waiting for another install (pid ${pids}) ...`) },
    async (alsoHeldBy) => {
      // Again: the process that held the lock may have done it.
      const decision = decide(level);
      if (decision.action === 'none') return;
      notice(decision.notice);
      rmSync(STAMP, { force: true });
      await npm(decision.args, alsoHeldBy);
      if (!existsSync(NODE)) {
        throw new Error(
          `npm finished but ${NODE} is missing: the install script of the package "node" did not run (is ignore-scripts set?). ` +
            'Run `npm rebuild node --ignore-scripts=false` and start again.',
        );
      }
      linkOwnCommand();
      writeStamp({ hash: currentHash(), level: decision.level });
    },
  );
}

/** @param {import('./plan.mjs').Level} level */
function decide(level) {
  const stamp = parseStamp(existsSync(STAMP) && existsSync(NODE) ? readFileSync(STAMP, 'utf8') : null);
  return decideInstall({ stamp, hash: currentHash(), level });
}

function currentHash() {
  return installHash(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  );
}

/** @param {import('./plan.mjs').Stamp} stamp */
function writeStamp(stamp) {
  const part = `${STAMP}.${process.pid}`;
  writeFileSync(part, JSON.stringify(stamp));
  renameSync(part, STAMP);
}

/** `npx portcullis` looks for a command here; npm links only those of dependencies. */
function linkOwnCommand() {
  const link = join(ROOT, 'node_modules', '.bin', 'portcullis');
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'local', 'portcullis.mjs'), link);
  chmodSync(join(ROOT, 'local', 'portcullis.mjs'), 0o755);
}

/**
 * Runs npm quietly; what it printed is shown only when it fails.
 * @param {string[]} args
 * @param {(pid: number) => void} alsoHeldBy
 * @returns {Promise<void>}
 */
function npm(args, alsoHeldBy) {
  const command = `npm ${args.join(' ')}`;
  return new Promise((resolve, reject) => {
    const child = spawn('npm', [...args, '--no-fund', '--no-audit', '--no-progress', '--loglevel=error'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    if (child.pid !== undefined) alsoHeldBy(child.pid);
    child.on('error', (error) => {
      const missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
      reject(
        new Error(
          missing
            ? 'npm was not found on PATH: install npm 10 or newer (it comes with Node.js).'
            : `${command} did not start: ${error.message}`,
        ),
      );
    });
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      if (signal !== null) return reject(new Error(`${command} was stopped by ${signal}; start again to repeat it.`));
      const hint = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|CONNRESET|HOSTUNREACH|NETUNREACH)|EAI_AGAIN|network/.test(
        output,
      )
        ? ' The package registry could not be reached: check the network or npm\'s "registry" and "proxy" settings, then start again.'
        : '';
      reject(new Error(`${output.trimEnd()}\n${command} failed with exit code ${code}.${hint}`));
    });
  });
}
