import type { AddressResult, OpenPort, ShardResult } from '../fingerprints/shard-result.ts';
import { partsOf } from '../fingerprints/result-parts.ts';
import type { Asset } from '../assets/asset.ts';
import type { ConfiguredAssets } from '../assets/configured-assets.ts';
import type { Exclusions } from '../net/exclusions.ts';
import { neverScanReason } from '../net/never-scan.ts';
import { PortSet } from '../net/port-set.ts';
import type { Clock } from '../ports/clock.ts';
import type { ResultQueue } from '../ports/queues.ts';
import type { AssetStore } from '../ports/stores.ts';
import { type Instant, minutes, msBetween } from '../time.ts';
import { importedShard } from './imported-shard.ts';
import { NOT_WATCHED, type ScanImportReport, type ScannedAddress } from './scanned-address.ts';

/** About 60 bytes an open port, and up to 12 for each port of a set: one address then fits a queue message. */
const MOST_OPEN = 1_500;
const MOST_RANGES = 4_000;
/** Addresses of one result: each part of it repeats them. */
const MOST_RESULTS = 500;
/** Clocks of different machines may differ by this much. */
const AHEAD_MS = minutes(5);
/** What was open so long ago, or nobody knows when, may have closed since, unknown to the store: it is asked for again before anybody is told. */
const OLD_MS = minutes(5);

export interface ImportScanPorts {
  clock: Clock;
  assets: AssetStore;
  configured: Pick<ConfiguredAssets, 'exclusions' | 'among'>;
  results: ResultQueue;
}

export interface ScanImport {
  /** Name and version of the scanner, `nmap 7.93`. */
  scanner: string;
  addresses: readonly ScannedAddress[];
}

interface Taken {
  readonly results: readonly AddressResult[];
  readonly open: number;
  readonly notOpen: number;
}

/**
 * Takes what another scanner saw into the pipeline, as results of that engine with their own times. Refused by name: what is not watched, what
 * is never scanned or excluded, and what is dated in the future. A target of the configuration counts as watched, and is from then on. Covered is only what the scanner saw, so nothing else can close. Open by a
 * connection of long ago, or without a time, counts as half open; what was not open at no time says nothing.
 */
export async function importScan(
  ports: ImportScanPorts,
  { scanner, addresses }: ScanImport,
): Promise<ScanImportReport> {
  const { exclusions } = ports.configured;
  const now = ports.clock.now();
  const watched = new Set((await ports.assets.list()).map((asset) => asset.address));
  const targets = new Map<string, Asset>();
  const unknown = addresses.map(({ address }) => address).filter((address) => !watched.has(address));
  for (const asset of await ports.configured.among(unknown)) targets.set(asset.address, asset);
  const report: ScanImportReport = { addresses: 0, ports: 0, notOpen: 0, refused: [] };
  const taken: AddressResult[] = [];
  const learned = new Map<string, Asset>();
  for (const scanned of addresses) {
    const { address } = scanned;
    const target = targets.get(address);
    const reason = refusal(scanned, watched.has(address) || target !== undefined, exclusions, now);
    const seen = reason === null ? toResults(scanned, exclusions, now) : null;
    if (seen === null || seen.results.length === 0) {
      report.refused.push({ address, reason: reason ?? whyNothing(scanned) });
      continue;
    }
    if (target !== undefined) learned.set(address, target);
    report.ports += seen.open;
    report.notOpen += seen.notOpen;
    taken.push(...seen.results);
  }
  report.addresses = new Set(taken.map(({ address }) => address)).size;
  // Before the results: what is found at an address that is not watched is not judged.
  if (learned.size > 0) await ports.assets.putAll([...learned.values()]);
  for (const result of toShardResults(scanner, taken, now)) {
    for (const part of partsOf(result)) await ports.results.send(part);
  }
  return report;
}

function refusal(
  { address, startedAt, finishedAt }: ScannedAddress,
  watched: boolean,
  exclusions: Exclusions,
  now: Instant,
): string | null {
  const never = neverScanReason(address, { loopback: true });
  if (never !== null) return `it is never scanned: ${never}`;
  if (exclusions.excludesAddress(address)) return 'it is excluded';
  if (!watched) return NOT_WATCHED;
  const ahead = [startedAt, finishedAt].find((at) => at !== null && msBetween(now, at) > AHEAD_MS);
  return ahead === undefined ? null : `its result is dated ${ahead}, and it is ${now} here: set the clocks`;
}

/** Why there is nothing in it to take. */
function whyNothing({ connected, synAck, answered = '', startedAt, finishedAt }: ScannedAddress): string {
  const isUndated = startedAt === null && finishedAt === null;
  if (isUndated && connected + synAck + answered === '') return 'nothing in its result is open, and it has no time';
  return 'every port of it in the file is excluded';
}

function toResults(scanned: ScannedAddress, exclusions: Exclusions, now: Instant): Taken {
  const excluded = exclusions.excludedPorts(scanned.address);
  const connected = PortSet.parse(scanned.connected).subtract(excluded);
  const synAck = PortSet.parse(scanned.synAck).subtract(excluded).subtract(connected);
  const open = connected.union(synAck);
  const dated = scanned.finishedAt ?? scanned.startedAt;
  // Each import of an undated file would count as one more look at what is not open.
  const notOpen = (text: string) => (dated === null ? PortSet.EMPTY : PortSet.parse(text).subtract(excluded));
  const closed = notOpen(scanned.closed).subtract(open);
  const covered = notOpen(scanned.silent).union(closed).union(open);
  const answered = PortSet.parse(scanned.answered ?? '').subtract(excluded);
  const proof = dated === null || msBetween(dated, now) > OLD_MS ? 'syn-ack' : 'connected';
  const finishedAt = dated ?? now;
  const startedAt = scanned.startedAt ?? finishedAt;
  const times = { startedAt: startedAt < finishedAt ? startedAt : finishedAt, finishedAt };
  const tcp = slices(covered, open).map((slice): AddressResult => {
    const here = covered.intersect(slice);
    return {
      address: scanned.address,
      protocol: 'tcp',
      covered: here.toString(),
      open: [...openPorts(connected.intersect(slice), proof), ...openPorts(synAck.intersect(slice), 'syn-ack')],
      closed: closed.intersect(slice).toString(),
      unknown: '',
      unknownReasons: {},
      probes: 1,
      ...times,
    };
  });
  const udp = slices(answered, answered).map((slice): AddressResult => {
    const here = answered.intersect(slice);
    return {
      address: scanned.address,
      protocol: 'udp',
      covered: here.toString(),
      open: openPorts(here, 'answered'),
      closed: '',
      unknown: '',
      unknownReasons: {},
      probes: 1,
      ...times,
    };
  });
  return { results: [...tcp, ...udp], open: open.size + answered.size, notOpen: covered.size - open.size };
}

/** Port ranges, each with no more in it than a message holds; none where nothing is covered. */
function slices(covered: PortSet, open: PortSet, from = 1, to = 65_535): PortSet[] {
  const slice = PortSet.fromRanges([[from, to]]);
  const here = covered.intersect(slice);
  if (here.isEmpty) return [];
  if (here.ranges.length <= MOST_RANGES && open.intersect(slice).size <= MOST_OPEN) return [slice];
  const middle = Math.floor((from + to) / 2);
  return [...slices(covered, open, from, middle), ...slices(covered, open, middle + 1, to)];
}

function openPorts(ports: PortSet, reason: OpenPort['reason']): OpenPort[] {
  return [...ports].map((port) => ({ port, reason, rttMs: 0, tries: 1 }));
}

/** Results that prove ports not open are complete for what they cover; the others can only open. */
function toShardResults(scanner: string, results: readonly AddressResult[], now: Instant): ShardResult[] {
  const isWhole = ({ covered, open }: AddressResult) => PortSet.parse(covered).size > open.length;
  return (['complete', 'partial'] as const).flatMap((status) => {
    const all = results.filter((result) => isWhole(result) === (status === 'complete'));
    const packs = Array.from({ length: Math.ceil(all.length / MOST_RESULTS) }, (_, index) =>
      all.slice(index * MOST_RESULTS, (index + 1) * MOST_RESULTS),
    );
    return packs.map((some, index): ShardResult => {
      const addresses = [...new Set(some.map(({ address }) => address))];
      const times = some.flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]).sort();
      return {
        shard: importedShard(`${scanner} ${status} ${index} ${addresses.join(' ')}`, addresses, now),
        engine: scanner,
        status,
        reason: status === 'complete' ? 'imported' : 'imported: says nothing of other ports',
        results: some,
        startedAt: times[0] ?? now,
        finishedAt: times.at(-1) ?? now,
      };
    });
  });
}
