import { HostTargetResolver } from '../../../adapters/local/target-resolver.ts';
import { BadInput } from '../../../core/errors.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { parsePorts } from '../../../core/net/ports-spec.ts';
import { assertScannable, parseTargetList } from '../../../core/net/targets.ts';
import type { Severity } from '../../../core/findings/finding.ts';
import { msOf } from '../../../core/planning/busiest.ts';
import { blindSpots, reasonsOf, scannedWith, vacancies } from '../../../core/planning/scanned-with.ts';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import type { EngineName } from '../../../core/scanning/engine-name.ts';
import type { ScanJson } from '../../../web/shapes.ts';
import type { ApiClient } from '../api-client.ts';
import { Interrupted, printJson, type Cli, type ExitCode } from '../cli.ts';
import { counted, grouped } from '../../../core/text/counts.ts';
import { humanDuration } from '../../../core/time.ts';
import { expandTargets } from '../target-files.ts';
import { SEVERITIES } from '../words.ts';
import { ScanProgressLines } from './scan-progress.ts';
import { linesOf, notConfirmed, printResult } from './scan-result.ts';

export interface ScanOptions {
  udp?: boolean;
  ports?: string;
  engine?: EngineName;
  rate?: string;
  ratePerAddress?: string;
  failOn?: Severity;
  yesLarge?: boolean;
}

const POLL_MS = 300;
/** A scan that takes less needs no word about what holds it back. */
const WORTH_A_WORD_MS = 5_000;
/** A run without any progress for this long has stopped: shards end within minutes, whatever their outcome. */
const STALLED_MS = 5 * 60_000;

/** One run through the whole pipeline. Ends with 3 when `--fail-on` found something, with 1 when a part could not be scanned or its state not found out. */
export async function scan(cli: Cli, targets: readonly string[], options: ScanOptions): Promise<ExitCode> {
  const protocol = options.udp === true ? 'udp' : 'tcp';
  if (protocol === 'udp' && options.engine !== undefined) {
    throw new BadInput(
      `--engine ${options.engine} looks at TCP ports: leave it out with --udp, UDP has an engine of its own`,
    );
  }
  const request = {
    targets: await expandTargets(targets, (path) => new HostTargetResolver().readFile(path)),
    ...(options.ports === undefined ? {} : { ports: parsePorts(options.ports, protocol).toString() }),
    ...(options.rate === undefined ? {} : { rate: rateOf('--rate', options.rate, 1) }),
    ...(options.ratePerAddress === undefined
      ? {}
      : { ratePerAddress: rateOf('--rate-per-address', options.ratePerAddress, 10) }),
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    ...(protocol === 'udp' ? { protocol } : {}),
    yesLarge: options.yesLarge ?? false,
  };
  assertSize(request.targets, request.yesLarge);
  const result = await cli.withApi(async (api) => {
    const run = await api.post<TaskRun>('/api/scans', request);
    cli.io.err(startOf(run));
    return finished(cli, api, run.id);
  });
  if (cli.json) printJson(cli.io, linesOf(result));
  else printResult(cli, result);
  tellEngines(cli, result.run);
  const { incomplete, unknown, stopped: why } = result.run;
  if (why !== undefined) cli.io.err(`the scan ended early, ${why}: ${partOf(result.run)}`);
  for (const sentence of notConfirmed(result)) cli.io.err(`warning: ${sentence}`);
  const reasons = reasonsOf(result.run);
  if (incomplete > 0) {
    cli.io.err(
      `${grouped(incomplete)} of ${counted(result.run.shards, 'shard')} could not be scanned in full: ${reasons.join('; ')}`,
    );
  } else if (reasons.length > 0) cli.io.err(`warning: ${reasons.join('; ')}`);
  const { failOn } = options;
  if (failOn !== undefined && result.findings.some((it) => it.status === 'open' && isAtLeast(it.severity, failOn)))
    return 3;
  const isWhole = incomplete === 0 && unknown === 0 && why === undefined && result.unconfirmed.length === 0;
  return isWhole ? 0 : 1;
}

function startOf(run: TaskRun): string {
  const what = `scanning ${counted(run.addresses, 'address', 'addresses')}, ${counted(run.probes, 'probe')} (${run.id})`;
  const busiest = run.scope?.busiest;
  if (busiest === undefined || msOf(busiest) < WORTH_A_WORD_MS) return what;
  const rate = grouped(Math.round(busiest.rate));
  return `${what}; at most ${rate} a second to one address (--rate-per-address): about ${humanDuration(msOf(busiest))}`;
}

const isAtLeast = (severity: Severity, floor: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(floor);

/** Refused before anything is opened. What host names and labels stand for is counted where they are resolved. */
function assertSize(targets: readonly string[], yesLarge: boolean): void {
  const sets = parseTargetList(targets).flatMap((target) => (target.kind === 'addresses' ? [target.set] : []));
  assertScannable(
    sets.reduce((all, set) => all.union(set), AddressSet.EMPTY),
    { yesLarge },
  );
}

function tellEngines(cli: Cli, run: TaskRun): void {
  const how = scannedWith(run);
  if (how !== null) cli.io.err(how);
  const vacant = vacancies(run);
  if (vacant !== null) cli.io.err(vacant);
  for (const spot of blindSpots(run)) cli.io.err(`warning: ${spot}`);
}

function rateOf(option: string, text: string, least: number): number {
  const rate = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (rate < least || rate > 100_000)
    throw new BadInput(`${option} "${text}" is not a rate: write probes a second, ${least} to 100000`);
  return rate;
}

async function finished(cli: Cli, api: ApiClient, runId: string): Promise<ScanJson> {
  let seen = '';
  let movedAt = cli.now();
  const lines = new ScanProgressLines(movedAt);
  for (;;) {
    const scanned = await api.get<ScanJson>(`/api/scans/${encodeURIComponent(runId)}`);
    if (scanned.done) return scanned;
    const count = scanned.run.complete + scanned.run.incomplete;
    const now = `${count} ${scanned.probed}`;
    if (now !== seen) {
      [seen, movedAt] = [now, cli.now()];
    } else if (cli.now() - movedAt > STALLED_MS) {
      throw new Error(
        `the scan ${runId} has not moved for 5 minutes, ${grouped(count)} of ${counted(scanned.run.shards, 'shard')} done: see "portcullis doctor"`,
      );
    }
    const line = lines.lineAt(cli.now(), scanned.probed, scanned.run);
    if (line !== null) cli.io.err(line);
    try {
      await cli.pause(POLL_MS);
    } catch (error) {
      throw error instanceof Interrupted ? await interrupted(cli, api, runId) : error;
    }
  }
}

/** Ends the run: nobody is left who waits for it. */
async function interrupted(cli: Cli, api: ApiClient, runId: string): Promise<Error> {
  const run = await api.post<TaskRun>(`/api/scans/${encodeURIComponent(runId)}/stop`, { by: cli.operator });
  return new Error(`stopped: ${partOf(run)}`);
}

/** How far a run that was ended early came. */
function partOf({ complete, shards }: TaskRun): string {
  return `${grouped(complete)} of ${counted(shards, 'shard')} scanned in full; what was seen is kept, the rest is not scanned`;
}
