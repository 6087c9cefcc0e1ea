import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freeCores } from '../../../../fargate-scanner/engines/free-cores.ts';
import { threadCount } from '../../../../fargate-scanner/engines/connect/thread-count.ts';

describe('threadCount', () => {
  const much = { cores: 8, free: 8, rate: 1_000_000, probes: 2_000_000 };
  it.each([
    [much, 8],
    [{ ...much, cores: 2 }, 2],
    [{ ...much, cores: 1.5 }, 1],
    [{ ...much, cores: 0.25 }, 1],
    [{ ...much, free: 3 }, 3],
    [{ ...much, free: 0 }, 1],
    [{ ...much, rate: 5_000 }, 1],
    [{ ...much, rate: 100_000 }, 3],
    [{ ...much, probes: 8_000 }, 1],
    [{ ...much, probes: 65_535 }, 1],
    [{ ...much, probes: 3 * 65_535 }, 3],
  ])('of %o is %d', ({ cores, ...rest }, count) => {
    expect(threadCount({ ...rest, cores: () => cores })).toBe(count);
  });
});

describe('freeCores', () => {
  function aRoot(files: Readonly<Record<string, string>>): string {
    const root = mkdtempSync(join(tmpdir(), 'pct-cgroup-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }
  const all = availableParallelism();
  const v2 = { 'proc/self/cgroup': '0::/a/b\n' };
  const v1 = { 'proc/self/cgroup': '9:name=systemd:/\n4:cpu,cpuacct:/docker/1\n3:memory:/docker/1\n' };

  it.each([
    ['no control groups', {}, all],
    ['version 2 without a quota', { ...v2, 'sys/fs/cgroup/a/b/cpu.max': 'max 100000\n' }, all],
    ['a quarter in version 2', { ...v2, 'sys/fs/cgroup/a/b/cpu.max': '25000 100000\n' }, 0.25],
    ['a half in the group above', { ...v2, 'sys/fs/cgroup/a/cpu.max': '50000 100000\n' }, 0.5],
    ['a quarter in a container, whose root is its group', { ...v2, 'sys/fs/cgroup/cpu.max': '5000 20000\n' }, 0.25],
    [
      'a quarter in version 1, in a container that sees the path of the host',
      {
        ...v1,
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '25000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
      0.25,
    ],
    [
      'version 1 without a quota',
      {
        ...v1,
        'sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us': '100000\n',
      },
      all,
    ],
  ])('knows %s', (_name, files, cores) => {
    expect(freeCores(aRoot(files))).toBe(cores);
  });
});
