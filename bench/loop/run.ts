/**
 * The whole loop as people meet it: a real `portcullis up` watches 16 loopback addresses, listeners open and close at random times,
 * some are closed by an approval; then it is left alone. A loop of `nmap -sT` over the same targets runs beside it.
 * Needs root, unshare, ip, nft, nmap; runs itself in a network namespace of its own. JSON on stdout, progress on stderr.
 *   node_modules/.bin/node bench/loop/run.ts [--seconds 60] [--idle 60] [--listeners 100] [--approve 20] [--seed 1]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureLoop } from './measure.ts';

/** Longer than every phase with all its patience. */
const LIMIT_MS = 1_200_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    idle: { type: 'string', default: '60' },
    listeners: { type: 'string', default: '100' },
    approve: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});

if (Object.keys(networkInterfaces()).every((name) => name === 'lo')) {
  const result = await measureLoop({
    openSeconds: Number(values.seconds),
    idleSeconds: Number(values.idle),
    listeners: Number(values.listeners),
    approve: Number(values.approve),
    seed: Number(values.seed),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  console.log(JSON.stringify(result, null, 2));
  process.exitCode = result.targets.every((target) => target.pass) ? 0 : 1;
} else {
  // Whatever happens to this process or inside, the namespaces go with everything in them, and what it wrote is removed here.
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const namespaces = ['--net', '--pid', '--mount-proc', '--kill-child'];
  const inside = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const again = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn('unshare', [...namespaces, '--fork', '--', ...inside, ...again], {
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: scratch },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill('SIGKILL'));
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    process.exitCode = code ?? 1;
  } finally {
    clearTimeout(limit);
    rmSync(scratch, { recursive: true, force: true });
  }
}
