import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs `work` where only loopback exists: this program starts itself again in namespaces of its own and lets `work` run there. Whatever
 * happens inside, the namespaces go with everything in them, and what was written to the temporary directory is removed.
 * Resolves to the exit code. `limitMs`: longer than `work` with all its patience.
 */
export async function inPrivateNetwork(script: string, limitMs: number, work: () => Promise<number>): Promise<number> {
  if (Object.keys(networkInterfaces()).every((name) => name === 'lo')) return work();
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const namespaces = ['--net', '--pid', '--mount-proc', '--kill-child'];
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const again = [process.execPath, script, ...process.argv.slice(2)];
  const child = spawn('unshare', [...namespaces, '--fork', '--', ...inside, ...again], {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: scratch },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGKILL'));
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    clearTimeout(limit);
    rmSync(scratch, { recursive: true, force: true });
  }
}
