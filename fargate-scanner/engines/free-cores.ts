import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Cores this process may use, perhaps a fraction: those it may run on, and no more than the quota of its control group and of those above it
 * (`cpu.max`, or `cpu.cfs_quota_us` of version 1). Node counts the quotas of version 2 only, and only of the group itself.
 * `root`: where / is, for tests. A file that is not there is no quota.
 */
export function freeCores(root = '/'): number {
  const quotas = textOf(join(root, 'proc/self/cgroup'))
    .split('\n')
    .flatMap((line) => {
      const [, number, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
      if (path === undefined) return [];
      if (number === '0' && controllers === '') return groupsOf(path).map((group) => newQuota(root, group));
      if (!(controllers ?? '').split(',').includes('cpu')) return [];
      return groupsOf(path).map((group) => oldQuota(root, controllers ?? '', group));
    });
  return Math.min(availableParallelism(), ...quotas);
}

/** The group and all above it. In a container the path may be that of the host, and the container's own group is the root. */
function groupsOf(path: string): string[] {
  const groups = [path];
  for (let group = path; group !== '/' && group !== '.'; group = dirname(group)) groups.push(dirname(group));
  return groups;
}

function newQuota(root: string, group: string): number {
  const [quota, period] = textOf(join(root, 'sys/fs/cgroup', group, 'cpu.max'))
    .trim()
    .split(' ');
  return part(quota, period);
}

function oldQuota(root: string, controllers: string, group: string): number {
  const folder = join(root, 'sys/fs/cgroup', controllers, group);
  return part(textOf(join(folder, 'cpu.cfs_quota_us')).trim(), textOf(join(folder, 'cpu.cfs_period_us')).trim());
}

/** Infinity without a quota: `max` or -1 or nothing. */
function part(quota: string | undefined, period: string | undefined): number {
  const [most, every] = [Number(quota), Number(period)];
  return most > 0 && every > 0 ? most / every : Infinity;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
