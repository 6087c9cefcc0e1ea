import type { AddressResult, ShardResult } from '../core/fingerprints/shard-result.ts';
import { type Address, toAddress } from '../core/net/address.ts';
import type { Exclusions } from '../core/net/exclusions.ts';
import { neverScanReason } from '../core/net/never-scan.ts';
import { PortSet } from '../core/net/port-set.ts';
import { OWNED_FOR_MS } from '../core/planning/run-life.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { KillSwitch } from '../core/ports/kill-switch.ts';
import { AddressTallies } from '../core/scanning/address-tallies.ts';
import { ignoredSentences, type Stopped, stoppedSentences, unknownSentences } from '../core/scanning/closing-words.ts';
import type { Estimate } from '../core/scanning/estimate.ts';
import { BROADCAST, NO_NEIGHBOUR } from '../core/scanning/outcomes.ts';
import type { TokenSource } from '../core/scanning/pacing.ts';
import { seedOf } from '../core/scanning/permutation.ts';
import { msBetween } from '../core/time.ts';
import type { Engine, ScanJob, ScanProgress, ScanTarget } from './engines/engine.ts';
import type { Recheck } from './recheck.ts';
import { startStops } from './stops.ts';

export interface ScanLimits {
  /** Probes a second of a shard that does not say; shards that run at once share them through `shared`. */
  readonly rate: number;
  readonly shared: TokenSource | null;
  /** Probes a second to any one address that is not this machine's own, or to each; null: no limit of its own. */
  readonly perAddressRate: number | null | ((address: Address) => number);
  /** Longest time for one shard, milliseconds; then what there is becomes a partial result. */
  readonly deadlineMs: number;
}

export interface ScanDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly killSwitch: KillSwitch;
  readonly limits: ScanLimits;
  /** What must not be probed by the configuration of now: a shard may be hours old. */
  readonly exclusions: Exclusions;
  /** Asked for a shard that is older than OWNED_FOR_MS. */
  readonly recheck: Recheck;
  /** Addresses of this machine, canonical: no network lies between, so `perAddressRate` does not apply. */
  readonly ownAddresses: () => ReadonlySet<Address>;
  /** True where the machine may look at its own loopback addresses (the one-machine mode). */
  readonly loopback: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

/**
 * Scans one shard. Probes nothing and says `failed` when the shard is stale, when its run is over, when no address of it may be scanned,
 * or when the kill switch is on or cannot be read. `partial` when it was stopped on the way (deadline, kill switch, `signal`), when an address must
 * never be scanned, or when a host answers on everything: what was not probed is not in `covered`. An address that is no longer ours, and
 * what the configuration excludes by now, is left out. Never throws for what a target does; throws when ownership cannot be looked up.
 */
export async function scanShard(shard: Shard, deps: ScanDeps): Promise<ShardResult> {
  const startedAt = deps.clock.now();
  const ended = (status: ShardResult['status'], reasons: readonly string[], results: AddressResult[]): ShardResult => ({
    shard,
    engine: deps.engine.name,
    status,
    reason: reasons.length === 0 ? null : reasons.join('; '),
    results,
    startedAt,
    finishedAt: deps.clock.now(),
  });

  if (startedAt >= shard.notAfter) {
    return ended('failed', [`stale: it was worth scanning until ${shard.notAfter} only`], []);
  }
  const waited = msBetween(shard.createdAt, startedAt);
  const known = waited < OWNED_FOR_MS ? null : await deps.recheck(shard);
  if (known !== null && 'over' in known) return ended('failed', [`stale: ${known.over}`], []);
  if (known?.ours.size === 0) return ended('failed', ['none of its addresses is ours any more'], []);
  const { targets, refused } = targetsOf(shard, deps, known?.ours ?? null);
  if (targets.length === 0) return ended('failed', refused.length > 0 ? refused : ['no port is left to scan'], []);

  const stops = await startStops(deps);
  try {
    if (stops.reason() !== null) return ended('failed', [stops.reason() ?? ''], []);
    const { rate } = deps.limits;
    const job: ScanJob = {
      targets,
      tries: shard.tries,
      timeoutMs: shard.timeoutMs,
      rate: shard.rate ?? rate,
      shared: shard.rate === null ? deps.limits.shared : null,
      seed: seedOf(shard.shardId),
    };
    const tallies = new AddressTallies(targets, startedAt, shard.protocol);
    const { stopped, incomplete, ignored, estimate, missing, vacant } = await collect(job, deps, stops.signal, tallies);
    const results = tallies.results(deps.clock.now());
    const ends = [stops.reason(), ...refused, ...stoppedSentences(stopped), incomplete];
    const reasons = ends.filter((reason) => reason !== null);
    const notes = [...unknownSentences(results), ...ignoredSentences(ignored)];
    return {
      ...ended(reasons.length === 0 ? 'complete' : 'partial', [...reasons, ...notes], results),
      ...(missing.length > 0 && { whyNotBetter: missing.join('; ') }),
      ...(estimate !== null && { estimate }),
      ...(vacant > 0 && { vacant }),
    };
  } finally {
    stops.end();
  }
}

/** What of the shard may be probed, and a sentence for each address that must never be. `ours` null: all of them are. */
function targetsOf(
  shard: Shard,
  deps: ScanDeps,
  ours: ReadonlySet<Address> | null,
): { targets: ScanTarget[]; refused: string[] } {
  const ports = PortSet.parse(shard.ports).intersect(PortSet.ALL);
  const own = deps.ownAddresses();
  const { perAddressRate } = deps.limits;
  const rateTo = (address: Address): number | null =>
    shard.ratePerAddress ?? (typeof perAddressRate === 'function' ? perAddressRate(address) : perAddressRate);
  const targets: ScanTarget[] = [];
  const refused: string[] = [];
  for (const text of new Set(shard.addresses)) {
    const address = toAddress(text);
    const never = address === undefined ? 'it is not an IP address' : neverScanReason(address, deps);
    if (address === undefined || never !== null) {
      refused.push(`${text} is never scanned: ${never}`);
      continue;
    }
    if (ours !== null && !ours.has(address)) continue;
    if (deps.exclusions.excludesAddress(address)) continue;
    const excluded = PortSet.parse(shard.excluded[text] ?? '')
      .union(PortSet.parse(shard.excluded[address] ?? ''))
      .union(deps.exclusions.excludedPorts(address));
    // The same object for all of them where nothing is excluded: there may be 65,536.
    const wanted = excluded.isEmpty ? ports : ports.subtract(excluded);
    // What passed as loopback above is this machine, whichever address of the range it is.
    const isOwn = own.has(address) || neverScanReason(address, { loopback: false }) !== null;
    if (!wanted.isEmpty) targets.push({ address, ports: wanted, rate: isOwn ? null : rateTo(address) });
  }
  return { targets, refused };
}

async function collect(
  job: ScanJob,
  deps: ScanDeps,
  signal: AbortSignal,
  tallies: AddressTallies,
): Promise<{
  stopped: readonly Stopped[];
  /** Why the engine did not do all of it, where it stopped at nothing; else null. */
  incomplete: string | null;
  ignored: number;
  estimate: Estimate | null;
  missing: readonly string[];
  /** Ports of addresses that nobody has. */
  vacant: number;
}> {
  const stopped: Stopped[] = [];
  let incomplete: string | null = null;
  let ignored = 0;
  let estimate: Estimate | null = null;
  let missing: readonly string[] = [];
  let vacant = 0;
  for await (const event of deps.engine.scan(job, signal)) {
    if (event.kind === 'observations') {
      const at = deps.clock.now();
      for (const seen of event.observations) {
        if (seen.reason === NO_NEIGHBOUR || seen.reason === BROADCAST) vacant += seen.ports.length;
        // Nothing can be asked there, so nothing is covered.
        if (seen.reason !== BROADCAST) tallies.add(seen.address, seen, at);
      }
    } else if (event.kind === 'alive') tallies.alive(event.address, event.how);
    else if (event.kind === 'progress') deps.onProgress?.(event);
    else if (event.kind === 'stopped') stopped.push(event);
    else if (event.kind === 'done') {
      if (!event.complete && !signal.aborted && stopped.length === 0) incomplete = 'the engine ended early';
      ignored = event.ignored ?? 0;
      missing = event.missing ?? [];
      if (event.estimate !== undefined) estimate = { ...event.estimate, probes: event.probes };
    }
  }
  return { stopped, incomplete, ignored, estimate, missing, vacant };
}
