import { execFile } from 'node:child_process';
import { constants, access, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { FileKillSwitch } from '../../adapters/local/file-kill-switch.ts';
import { NftFailed, runNft } from '../../adapters/firewall/nftables/run-nft.ts';
import { messageOf } from '../../core/errors.ts';
import { readLock } from '../cloud/data-directory.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkEngines } from './doctor-engines.ts';
import { checkLiveness } from './doctor-liveness.ts';
import { checkUdp } from './doctor-udp.ts';

const execute = promisify(execFile);
/** System programs are not in every user's PATH. */
const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin` };
const run = (command: string, ...args: string[]) => execute(command, args, { timeout: 5_000, env });

/** Looks at what works here. Changes nothing, and sends nothing but to loopback. */
export async function examine(dataDir: string): Promise<Check[]> {
  const others = await Promise.all([
    checkDataDirectory(dataDir),
    checkSpace(dataDir),
    checkLock(dataDir),
    checkKillSwitch(dataDir),
    checkEngines(),
    checkLiveness(),
    checkUdp(),
    checkFirewall(),
    checkNamespaces(),
    checkFiles(),
    checkClock(),
  ]);
  return [checkNode(process.versions.node), ...others.flat()];
}

function checkNode(version: string): Check {
  return Number(version.split('.')[0]) === 24
    ? ok('node', version)
    : warn('node', version, 'it is tested on Node 24: start it as `npx portcullis` or `npm start`');
}

async function checkDataDirectory(dataDir: string): Promise<Check> {
  const path = resolve(dataDir);
  const name = 'data directory';
  const mode = constants.R_OK | constants.W_OK | constants.X_OK;
  try {
    if (!(await stat(path)).isDirectory())
      return fail(name, `${path} is not a directory`, 'give another one with --data');
    await access(path, mode);
    return ok(name, `${path} can be written`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      return fail(name, `${path}: ${messageOf(error)}`, 'give a directory that this user can write with --data');
  }
  const parent = await nearestDirectory(path);
  try {
    await access(parent, mode);
    return ok(name, `${path} will be made`);
  } catch (error) {
    return fail(
      name,
      `${path} cannot be made: ${messageOf(error)}`,
      'give a directory that this user can write with --data',
    );
  }
}

async function nearestDirectory(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  try {
    await stat(parent);
    return parent;
  } catch {
    return nearestDirectory(parent);
  }
}

const GIB = 1024 ** 3;

async function checkSpace(dataDir: string): Promise<Check> {
  const path = resolve(dataDir);
  const there = await stat(path).then(
    () => path,
    () => nearestDirectory(path),
  );
  const { bavail, bsize } = await statfs(there);
  const found = `${((bavail * bsize) / GIB).toFixed(1)} GiB free`;
  if (bavail * bsize < 0.05 * GIB) return fail('disk', found, 'make room: a full disk stops everything');
  if (bavail * bsize < GIB) return warn('disk', found, 'make room: 1 GiB is enough for years on one machine');
  return ok('disk', found);
}

async function checkLock(dataDir: string): Promise<Check> {
  try {
    const holder = await readLock(resolve(dataDir));
    return ok(
      'running',
      holder === null
        ? 'nothing runs on this data directory'
        : `pid ${holder.pid} at ${holder.url ?? '(still starting)'}`,
    );
  } catch (error) {
    return fail('running', messageOf(error), 'see the message');
  }
}

async function checkKillSwitch(dataDir: string): Promise<Check> {
  const path = join(resolve(dataDir), 'kill-switch');
  try {
    const { on, reason } = await new FileKillSwitch(path).read();
    if (!on) return ok('kill switch', `off; \`touch ${path}\` stops every scan and change`);
    return warn('kill switch', `on: ${reason ?? 'no reason given'}`, `remove ${path} to go on`);
  } catch (error) {
    return fail('kill switch', messageOf(error), 'make it readable: until then it counts as on');
  }
}

async function checkFirewall(): Promise<Check> {
  const byHand = 'plans are shown with the commands to run by hand';
  try {
    await runNft([], ['list', 'tables']);
    return ok('firewall', 'nftables can be read and changed');
  } catch (error) {
    const kind = error instanceof NftFailed ? error.kind : 'failed';
    const advice = {
      absent: `install the package nftables; without it ${byHand}`,
      denied: `run as root to let it close ports; otherwise ${byHand}`,
      failed: `mend nftables; until then ${byHand}`,
    };
    return warn('firewall', messageOf(error), advice[kind]);
  }
}

async function checkNamespaces(): Promise<Check> {
  const name = 'namespaces';
  const why = '; only `portcullis demo` needs it';
  for (const command of ['ip', 'unshare']) {
    try {
      await run(command, '--help');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return warn(
          name,
          `${command} is not installed`,
          `install the package ${command === 'ip' ? 'iproute2' : 'util-linux'}${why}`,
        );
      }
    }
  }
  const flags = process.getuid?.() === 0 ? ['--net', 'true'] : ['--user', '--map-root-user', '--net', 'true'];
  try {
    await run('unshare', ...flags);
    return ok(name, 'a private network namespace can be made');
  } catch {
    return warn(
      name,
      'a private network namespace cannot be made',
      `run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)${why}`,
    );
  }
}

/** Sockets in flight, database files and some room. */
const FILES_NEEDED = 1_024;

async function checkFiles(): Promise<Check> {
  const soft = /^Max open files\s+(\S+)/m.exec(await readProc('/proc/self/limits'))?.[1];
  if (soft === undefined) return ok('open files', 'the limit cannot be read here');
  if (soft === 'unlimited' || Number(soft) >= FILES_NEEDED) return ok('open files', `limit ${soft}`);
  return warn('open files', `limit ${soft}`, `raise it to ${FILES_NEEDED} or more: ulimit -n ${FILES_NEEDED}`);
}

async function checkClock(): Promise<Check> {
  const now = new Date();
  // Earlier than this file: the clock was never set.
  if (now.getTime() < Date.UTC(2026, 0, 1))
    return fail('clock', now.toISOString(), 'set the clock: expiry and order rest on it');
  try {
    const { stdout } = await run('timedatectl', 'show', '--property=NTPSynchronized', '--value');
    if (stdout.trim() === 'yes') return ok('clock', `${now.toISOString()}, synchronised`);
    return warn('clock', `${now.toISOString()}, not synchronised`, 'start a time service (systemd-timesyncd, chrony)');
  } catch {
    return ok('clock', `${now.toISOString()}; whether it is synchronised cannot be read here`);
  }
}

/** Empty where there is no /proc. */
async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
