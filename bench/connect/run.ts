/**
 * Our connect engine against `nmap -sT`, as whole processes (start-up included), on 65,535 closed and on 65,535 filtered ports of one
 * lab host with 12 open ones. Both sides alternate in one command. Needs root, nft, ip, nmap. JSON on stdout, progress on stderr.
 *   node_modules/.bin/node bench/connect/run.ts [--runs 9] [--filtered-runs 2] [--nmap-limit 150]
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Lab, makeLab, OPEN_PORTS, TARGET } from './lab.ts';

/** Far above what a connect scan can do: the engine is left to find its own rate. */
const RATE = '1000000';

interface Run {
  readonly seconds: number;
  readonly found: number;
  readonly wrong: number;
  /** False when it was ended at its time limit. */
  readonly ended: boolean;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    'filtered-runs': { type: 'string', default: '2' },
    'nmap-limit': { type: 'string', default: '150' },
  },
});
const cache = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const lab = await makeLab();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void lab.remove().finally(() => process.exit(1)));
}
let failed = false;
try {
  await ours(lab); // The first run of all fills Node's compile cache, as the start of a container image or of npm start does.
  const closed = await compare('closed', Number(values.runs), Infinity);
  lab.filter(true);
  const filtered = await compare('filtered', Number(values['filtered-runs']), Number(values['nmap-limit']));
  failed = [closed, filtered].some((side) => side.ours.found < side.ours.expected);
  const versions = {
    node: process.version,
    nmap: /Nmap version (\S+)/.exec(execFileSync('nmap', ['--version'], { encoding: 'utf8' }))?.[1] ?? null,
    kernel: execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim(),
    cpus: cpus().length,
  };
  console.log(
    JSON.stringify({ bench: 'connect', versions, ports: 65_535, open: OPEN_PORTS.length, closed, filtered }, null, 2),
  );
} finally {
  await lab.remove();
  rmSync(cache, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function compare(name: string, runs: number, nmapLimit: number) {
  const [us, peer]: [Run[], Run[]] = [[], []];
  for (let i = 0; i < runs; i += 1) {
    us.push(await ours(lab));
    peer.push(await nmap(lab, nmapLimit));
    const last = [us, peer].map((list) => list.at(-1)).map((run) => `${run?.seconds.toFixed(3)} s, ${run?.found}/12`);
    process.stderr.write(`${name} ${i + 1}/${runs}: ours ${last[0]}; nmap -sT ${last[1]}\n`);
  }
  const ratios = us.map((run, i) => run.seconds / (peer[i]?.seconds ?? Number.NaN));
  return {
    ratio: round(median(ratios)),
    ratios: ratios.map(round),
    ours: summary(us),
    nmap: { ...summary(peer), limitSeconds: Number.isFinite(nmapLimit) ? nmapLimit : null },
  };
}

function summary(runs: readonly Run[]) {
  const found = runs.map((run) => run.found);
  return {
    medianSeconds: round(median(runs.map((run) => run.seconds))),
    seconds: runs.map((run) => round(run.seconds)),
    found: found.reduce((sum, n) => sum + n, 0),
    expected: 12 * runs.length,
    recall:
      found.length > 0 && found.every((n) => n === 12) ? '12/12 in every run' : found.map((n) => `${n}/12`).join(', '),
    wronglyOpen: runs.reduce((sum, run) => sum + run.wrong, 0),
    cutShort: runs.filter((run) => !run.ended).length,
  };
}

async function ours({ inside }: Lab): Promise<Run> {
  const script = fileURLToPath(new URL('scan-once.ts', import.meta.url));
  const { text, ...run } = await timed([...inside, process.execPath, script, TARGET, RATE], Infinity);
  const result = JSON.parse(text) as { status: string; reason: string | null; open: number[]; unknown: string };
  if (result.status !== 'complete' || result.unknown !== '') throw new Error(`our scan is not complete: ${text}`);
  return { ...run, ...recall(result.open) };
}

async function nmap({ inside }: Lab, limit: number): Promise<Run> {
  const { text, ...run } = await timed(
    [...inside, 'nmap', '-sT', '-Pn', '-n', '-p1-65535', '-T4', '-oG', '-', TARGET],
    limit,
  );
  return { ...run, ...recall([...text.matchAll(/(\d+)\/open\//g)].map((match) => Number(match[1]))) };
}

function recall(open: readonly number[]): { found: number; wrong: number } {
  const found = open.filter((port) => (OPEN_PORTS as readonly number[]).includes(port)).length;
  return { found, wrong: open.length - found };
}

/** Runs a command to its end, or for `limit` seconds. */
function timed(command: readonly string[], limit: number): Promise<{ seconds: number; ended: boolean; text: string }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const [file = '', ...args] = command;
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    });
    let text = '';
    let ended = true;
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const stop = (): void => {
      ended = false;
      child.kill();
    };
    const timer = Number.isFinite(limit) ? setTimeout(stop, limit * 1_000) : undefined;
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ seconds: (performance.now() - startedAt) / 1_000, ended, text });
    });
  });
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
