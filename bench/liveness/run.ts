/**
 * Who is alive among 4,093 addresses of which a hundred are: row 0 (link, ICMP, twelve ports) over connections and over SYNs, beside
 * `nmap -sn` and, where it is installed, `fping`; as whole processes, start-up included, on an Ethernet link and behind a router. All take turns.
 * Needs root, nft, ip, cc, nmap. JSON on stdout, progress on stderr; exit 1 when ours misses an address or names a wrong one.
 *   node_modules/.bin/node bench/liveness/run.ts [--runs 5] [--rate 20000] [--limit 120]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { inNamespace, ip } from '../../test/support/lab/commands.ts';
import { type Lab, makeLab } from '../../test/support/lab/lab.ts';
import { measure } from '../engines/measure.ts';
import { load, machine, said } from '../support/machine.ts';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { median, round } from '../support/stats.ts';

const HOSTS = 100;
const LOOK = fileURLToPath(new URL('look-once.ts', import.meta.url));
const Looked = z.object({
  alive: z.array(z.string()),
  how: z.record(z.string(), z.number()),
  complete: z.literal(true),
});

interface Case {
  readonly name: string;
  /** Range, and the same as a CIDR. The scanner itself is the first address of the one on the link. */
  readonly first: string;
  readonly last: string;
  readonly cidr: string;
  /** Those that are alive. */
  readonly alive: ReadonlySet<string>;
}

const asked = optionsOf(() => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '5' },
      rate: { type: 'string', default: '20000' },
      limit: { type: 'string', default: '120' },
    },
  });
  return {
    runs: wholeNumber('--runs', values.runs),
    rate: wholeNumber('--rate', values.rate),
    limitSeconds: wholeNumber('--limit', values.limit),
  };
});
const cache = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
const loadBefore = load();
const lab = await makeLab({ hosts: HOSTS });
const results = [];
try {
  await lab.set({ silence: 'closed', lossPercent: 0, rttMs: 0 });
  for (const one of [onLink(), routed()]) results.push(await compare(one));
} finally {
  await lab.remove();
  rmSync(cache, { recursive: true, force: true });
}
const peers = {
  nmap: /Nmap version (\S+)/.exec(said('nmap', '--version') ?? '')?.[1] ?? null,
  fping: said('fping', '--version'),
};
console.log(
  JSON.stringify({ bench: 'liveness', machine: machine(), peers, loadBefore, load: load(), results }, null, 2),
);
process.exitCode = results.every(({ contestants }) =>
  contestants.every(({ name, recall, wrong }) => !name.startsWith('ours') || (recall === 1 && wrong === 0)),
)
  ? 0
  : 1;

function onLink(): Case {
  return {
    name: 'on-link',
    first: '10.213.0.2',
    last: '10.213.15.254',
    cidr: '10.213.0.0/20',
    alive: new Set(lab.targets.v4),
  };
}

/** The hundred are spread over the range; their router is the lab's first host, and what is not there is dropped in silence. */
function routed(): Case {
  const alive = Array.from({ length: HOSTS }, (_, i) => 2 + i * 40).map((n) => `10.214.${n >> 8}.${n & 255}`);
  ip.batch(
    lab.target,
    alive.map((address) => `addr add ${address}/32 dev lo`),
  );
  inNamespace(lab.target, ['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
  ip('-n', lab.scanner, 'route', 'add', '10.214.0.0/20', 'via', lab.targets.v4[0] ?? '');
  return { name: 'routed', first: '10.214.0.2', last: '10.214.15.254', cidr: '10.214.0.0/20', alive: new Set(alive) };
}

interface Contestant {
  readonly name: string;
  readonly command: readonly string[];
  readonly read: (output: string) => readonly string[];
}

function contestantsOf({ first, last, cidr }: Case): Contestant[] {
  const ours = (tcp: string): Contestant => ({
    name: `ours, ${tcp}`,
    command: [process.execPath, LOOK, tcp, String(asked.rate), first, last],
    read: (output) => Looked.parse(JSON.parse(output)).alive,
  });
  const peer = (name: string, command: readonly string[], line: RegExp): Contestant[] =>
    said(command[0] ?? '', '--version') === null
      ? []
      : [{ name, command, read: (output) => [...output.matchAll(line)].map(([, address]) => address ?? '') }];
  return [
    ours('connect'),
    ours('syn'),
    ...peer('nmap -sn', ['nmap', '-sn', '-n', '-T4', '-oG', '-', cidr], /^Host: (\S+) .*Status: Up/gm),
    ...peer('fping', ['fping', '-a', '-q', '-g', cidr], /^(\S+)$/gm),
  ];
}

async function compare(one: Case) {
  const contestants = contestantsOf(one);
  const runs = new Map(contestants.map(({ name }) => [name, [] as Run[]]));
  // The first run fills Node's compile cache, as the start of a container image or of npm start does.
  for (const contestant of contestants.slice(0, 2)) await run(lab, one, contestant);
  for (let i = 0; i < asked.runs; i += 1) {
    for (const contestant of contestants) {
      const done = await run(lab, one, contestant);
      runs.get(contestant.name)?.push(done);
      const text = `${done.seconds.toFixed(2)} s, CPU ${done.cpuSeconds.toFixed(2)} s, ${done.found} of ${one.alive.size}`;
      process.stderr.write(`${one.name} ${i + 1}/${asked.runs}: ${contestant.name} ${text}\n`);
    }
  }
  return {
    case: one.name,
    alive: one.alive.size,
    contestants: [...runs].map(([name, list]) => ({
      name,
      seconds: round(median(list.map(({ seconds }) => seconds))),
      cpuSeconds: round(median(list.map(({ cpuSeconds }) => cpuSeconds))),
      everySeconds: list.map(({ seconds }) => round(seconds)),
      recall: round(list.reduce((sum, { found }) => sum + found, 0) / (list.length * one.alive.size)),
      wrong: list.reduce((sum, { wrong }) => sum + wrong, 0),
    })),
  };
}

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly found: number;
  /** Called alive, and nobody is there. */
  readonly wrong: number;
}

async function run(here: Lab, one: Case, { command, read }: Contestant): Promise<Run> {
  // Nobody profits from what the one before made the kernel learn.
  ip('-n', here.scanner, 'neigh', 'flush', 'all');
  const measured = await measure(command, {
    prefix: here.inside,
    limitSeconds: asked.limitSeconds,
    cwd: cache,
    env: { NODE_COMPILE_CACHE: cache },
  });
  const named = new Set(read(measured.output));
  named.delete(here.source.v4);
  const found = [...named].filter((address) => one.alive.has(address)).length;
  const { seconds, cpuSeconds } = measured;
  return { seconds, cpuSeconds, found, wrong: named.size - found };
}
