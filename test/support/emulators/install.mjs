// Installs the emulators that are not npm packages: moto (Python) and DynamoDB Local (Java). `npm test` runs this before vitest, because
// vitest runs without a network. The pins are in requirements.txt and pom.xml beside this file.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** @typedef {'moto' | 'dynamodb-local'} Emulator */

const HERE = import.meta.dirname;
const REQUIREMENTS = join(HERE, 'requirements.txt');
const POM = join(HERE, 'pom.xml');
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Beside the caches of npm, pip and Maven, so that every checkout of one user shares one copy. */
const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'portcullis', 'emulators');

/** Milliseconds for one emulator's whole install; 25 s is usual. */
const INSTALL_LIMIT_MS = 240_000;
/** Milliseconds after which what a killed install left is removed. */
const LEFTOVER_MS = 3_600_000;

/** @param {string} file */
const hashOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);

/** @type {Record<Emulator, string>} Changed pins get a folder of their own. */
const FOLDERS = {
  moto: join(CACHE, `moto-${hashOf(REQUIREMENTS)}`),
  'dynamodb-local': join(CACHE, `dynamodb-local-${hashOf(POM)}`),
};

/** Command line of moto's server without its options: `-H host -p port`. */
export const MOTO = [join(FOLDERS.moto, 'bin', 'python'), '-m', 'moto.server'];

/** Command line of DynamoDB Local without its options. It would otherwise tell AWS about its use. */
export const DYNAMODB_LOCAL = [
  'java',
  `-Djava.library.path=${FOLDERS['dynamodb-local']}`,
  '-cp',
  join(FOLDERS['dynamodb-local'], '*'),
  'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
  '-disableTelemetry',
];

/**
 * Whether it is installed and runs, which an upgrade of Python or Java can end.
 * @param {Emulator} emulator
 */
export function isInstalled(emulator) {
  if (!existsSync(FOLDERS[emulator])) return false;
  const [command = '', ...args] =
    emulator === 'moto' ? [MOTO[0], '-c', 'import moto, flask'] : [...DYNAMODB_LOCAL, '-version'];
  return spawnSync(command, args, { stdio: 'ignore', timeout: 30_000 }).status === 0;
}

/**
 * Installs what is missing. Never throws: the tests that need an emulator say that it is missing, or fail when CI=true.
 * @param {(line: string) => void} notice
 */
export async function installEmulators(notice) {
  removeLeftovers();
  await Promise.all([install('moto', moto, notice), install('dynamodb-local', dynamodbLocal, notice)]);
}

/**
 * @param {Emulator} emulator
 * @param {(folder: string, execute: Run) => Promise<void>} fill
 * @param {(line: string) => void} notice
 */
async function install(emulator, fill, notice) {
  if (isInstalled(emulator)) return;
  const folder = FOLDERS[emulator];
  const part = `${folder}.part-${randomUUID()}`;
  const deadline = AbortSignal.timeout(INSTALL_LIMIT_MS);
  notice(`installing ${emulator} into ${folder} ...`);
  try {
    mkdirSync(part, { recursive: true });
    await fill(part, (command, args) => run(command, args, deadline));
    putInPlace(emulator, part);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    notice(`${emulator} is not installed, the tests that need it cannot run: ${reason}`);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/**
 * @param {Emulator} emulator
 * @param {string} part
 */
function putInPlace(emulator, part) {
  // Another `npm test` may have put its own there meanwhile; what does not run is replaced.
  if (isInstalled(emulator)) return;
  rmSync(FOLDERS[emulator], { recursive: true, force: true });
  renameSync(part, FOLDERS[emulator]);
  if (!isInstalled(emulator)) throw new Error(`what was installed in ${FOLDERS[emulator]} does not run`);
}

/** @typedef {(command: string, args: string[]) => Promise<void>} Run */

/**
 * @param {string} folder
 * @param {Run} execute
 */
async function moto(folder, execute) {
  await execute('python3', ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  // Wheels only: nothing of a package runs while it is installed. Few retries: without a network this ends soon.
  const options = ['--only-binary', ':all:', '--no-deps', '--retries', '2', '--timeout', '30'];
  await execute(join(folder, 'bin', 'python'), [...pip, ...options, '-r', REQUIREMENTS]);
}

/**
 * @param {string} folder
 * @param {Run} execute
 */
async function dynamodbLocal(folder, execute) {
  await execute('mvn', ['-q', '-B', '-f', POM, COPY_JARS, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime']);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {AbortSignal} deadline
 * @returns {Promise<void>}
 */
function run(command, args, deadline) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: deadline });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      const missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
      if (missing) return reject(new Error(`${command} was not found`));
      reject(deadline.aborted ? new Error(`stopped ${command} after ${INSTALL_LIMIT_MS / 1_000} s`) : error);
    });
    child.on('close', (code) => {
      if (code === 0) return resolve();
      reject(new Error(`${command} failed with exit code ${code}: ${worstLine(output)}`));
    });
  });
}

/**
 * What pip or Maven said went wrong.
 * @param {string} output
 */
function worstLine(output) {
  const lines = output.trim().split('\n');
  return lines.find((line) => line.includes('ERROR')) ?? lines.at(-1);
}

function removeLeftovers() {
  if (!existsSync(CACHE)) return;
  for (const name of readdirSync(CACHE).filter((each) => each.includes('.part-'))) {
    const path = join(CACHE, name);
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - modified > LEFTOVER_MS) rmSync(path, { recursive: true, force: true });
  }
}
