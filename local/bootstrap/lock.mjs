import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
/** A file is empty for the moment between its creation and its content; after this long its writer was killed in that moment. */
const EMPTY_IS_DEAD_MS = 5_000;
/** An install on a slow line; after this somebody should look. */
const LONGEST_WAIT_MS = 15 * 60_000;

/**
 * Distinguishes a process from a later one with the same pid: its start time in clock ticks since boot, where /proc tells it.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; in a container nobody may ever collect it.
    return state === 'Z' ? 'ended' : (fields[18] ?? '');
  } catch {
    return '';
  }
}

/** @param {string} holder `pid:start` */
function isAlive(holder) {
  const [pid, start] = holder.split(':');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
  }
  return startOf(Number(pid)) === start;
}

/** @param {number} pid */
const holderOf = (pid) => `${pid}:${startOf(pid)}`;

/**
 * Creates `path` with this process in it, or says that it exists.
 * @param {string} path
 */
function create(path) {
  try {
    writeFileSync(path, holderOf(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Living holders in the lock; undefined when there is no lock file (any more).
 * @param {string} path
 */
function holdersOf(path) {
  try {
    const text = readFileSync(path, 'utf8');
    if (text === '') return Date.now() - statSync(path).mtimeMs < EMPTY_IS_DEAD_MS ? ['unknown'] : [];
    return text.split(' ').filter(isAlive);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Removes a lock whose holders are all dead. The guard file makes "look again, then remove" one step: without it, two waiters could
 * remove each other's fresh lock.
 * @param {string} path
 */
function removeStale(path) {
  const guard = `${path}.stale`;
  if (!create(guard)) return;
  try {
    if (holdersOf(path)?.length === 0) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Runs `work` while holding the lock file `path`, which all processes of this checkout share. The lock of a killed process is void, but
 * not while a child it named by `alsoHeldBy` still runs.
 * @template T
 * @param {string} path
 * @param {{ onWait: (pids: string) => void }} options called once when another process holds the lock
 * @param {(alsoHeldBy: (pid: number) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withInstallLock(path, { onWait }, work) {
  const giveUp = performance.now() + LONGEST_WAIT_MS;
  let told = false;
  while (!create(path)) {
    const holders = holdersOf(path);
    if (holders?.length === 0) removeStale(path);
    const pids = (holders ?? []).map((holder) => holder.split(':')[0]).join(', ');
    if (holders !== undefined && holders.length > 0 && !told) {
      told = true;
      onWait(pids);
    }
    if (performance.now() > giveUp) {
      throw new Error(
        `another install (pid ${pids}) holds ${path} for 15 minutes: end it, or remove that file and ${path}.stale`,
      );
    }
    await sleep(POLL_MS);
  }
  try {
    return await work((pid) => writeFileSync(path, `${holderOf(process.pid)} ${holderOf(pid)}`));
  } finally {
    rmSync(path, { force: true });
  }
}
