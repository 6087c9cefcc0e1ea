/**
 * What one scanner process needs: 65,535 filtered, then refused ports of one lab host with 12 open ones, at 5,000 probes a second, under the
 * limits of a small Fargate task (a share of one CPU, and memory). Needs root, nft, ip, cgroups version 1. JSON on stdout, exit 1 when a port is
 * missed or a result is unsure.
 *   node_modules/.bin/node bench/small-task/run.ts [--rate 5000]
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import * as z from 'zod';
import { machine } from '../support/machine.ts';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { round } from '../support/stats.ts';
import { type Lab, makeLab, OPEN_PORTS } from '../../test/support/lab/lab.ts';

/** Fargate's three smallest sizes: vCPU, MiB. */
const SIZES = [
  { vcpu: 0.25, mib: 512 },
  { vcpu: 0.5, mib: 1_024 },
  { vcpu: 1, mib: 2_048 },
] as const;
const ROOT = '/sys/fs/cgroup';
const groupOf = (controller: string): string => join(ROOT, controller, `pcb-${process.pid}`);
const GROUPS = { cpu: groupOf('cpu'), cpuacct: groupOf('cpuacct'), memory: groupOf('memory') };
const SCAN = fileURLToPath(new URL('../connect/scan-once.ts', import.meta.url));
const Scanned = z.object({ status: z.string(), open: z.array(z.string()), unknown: z.string(), scanMs: z.number() });

const rate = optionsOf(() => {
  const { values } = parseArgs({ options: { rate: { type: 'string', default: '5000' } } });
  return wholeNumber('--rate', values.rate);
});
if (!existsSync(join(ROOT, 'cpu'))) throw new Error(`cgroups version 1 are needed: there is no ${ROOT}/cpu`);
for (const group of Object.values(GROUPS)) mkdirSync(group);
const lab = await makeLab();
const runs = [];
try {
  for (const filtered of [true, false]) {
    await lab.set({ silence: filtered ? 'dropped' : 'closed', lossPercent: 0, rttMs: 0 });
    for (const size of SIZES)
      runs.push({ ports: filtered ? 'filtered' : 'refused', ...size, ...(await scan(lab, size)) });
  }
} finally {
  await lab.remove();
  for (const group of Object.values(GROUPS)) rmdirSync(group);
}
console.log(JSON.stringify({ bench: 'small-task', machine: machine(), rate, runs }, null, 2));
process.exitCode = runs.every(({ found, unknown }) => found === OPEN_PORTS.length && unknown === '') ? 0 : 1;

async function scan({ inside, targets }: Lab, { vcpu, mib }: (typeof SIZES)[number]) {
  writeFileSync(join(GROUPS.cpu, 'cpu.cfs_quota_us'), String(vcpu * 100_000));
  writeFileSync(join(GROUPS.memory, 'memory.limit_in_bytes'), String(mib * 2 ** 20));
  writeFileSync(join(GROUPS.memory, 'memory.max_usage_in_bytes'), '0');
  const before = cpuSeconds();
  const enter = `${Object.values(GROUPS)
    .map((group) => `echo $$ > ${group}/cgroup.procs`)
    .join('; ')}; exec "$@"`;
  const { stdout } = await promisify(execFile)(
    'timeout',
    ['200', 'sh', '-c', enter, 'sh', ...inside, process.execPath, SCAN, String(rate), ...targets.v4],
    { encoding: 'utf8' },
  );
  const { status, open, unknown, scanMs } = Scanned.parse(JSON.parse(stdout));
  const used = cpuSeconds() - before;
  return {
    status,
    found: open.length,
    unknown,
    seconds: round(scanMs / 1_000, 1),
    cpuSeconds: round(used, 2),
    shareOfQuota: round(used / (vcpu * (scanMs / 1_000)), 2),
    peakMib: Math.round(Number(readFileSync(join(GROUPS.memory, 'memory.max_usage_in_bytes'), 'utf8')) / 2 ** 20),
  };
}

function cpuSeconds(): number {
  const text = readFileSync(join(GROUPS.cpuacct, 'cpuacct.usage'), 'utf8');
  return Number(text) / 1e9;
}
