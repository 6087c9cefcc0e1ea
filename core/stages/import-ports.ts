import type { ConfiguredAssets } from '../assets/configured-assets.ts';
import { type FingerprintText, parseFingerprintFile } from '../fingerprints/text.ts';
import type { AddressResult, ShardResult } from '../fingerprints/shard-result.ts';
import { AddressSet } from '../net/address-set.ts';
import type { Exclusions } from '../net/exclusions.ts';
import { neverScanReason } from '../net/never-scan.ts';
import { PortSet } from '../net/port-set.ts';
import type { Clock } from '../ports/clock.ts';
import type { ResultQueue } from '../ports/queues.ts';
import type { AssetStore } from '../ports/stores.ts';
import { importedShard } from './imported-shard.ts';

/** Keeps a message below the 256 KiB of the queue: about 60 bytes an open port. */
const OPEN_PORTS_PER_MESSAGE = 2_000;

export interface ImportPorts {
  clock: Clock;
  assets: AssetStore;
  configured: ConfiguredAssets;
  results: ResultQueue;
}

export interface PortsReport {
  addresses: number;
  ports: number;
  /** What of the list was not taken, and why; absent when all was. */
  refused?: { address: string; reason: string }[];
}

/**
 * Takes another scanner's list of open ports, `address:port,port` a line (UDP `address:udp/port,port`), as observations. They can only open, UDP
 * after one more answer to us: the result is marked partial and covers nothing but the ports it names, so no port is ever closed by what a file
 * leaves out. Excluded ports are taken out; an address that is never scanned or excluded, or has no other ports in the list, is refused by name.
 * @throws BadInput naming the line
 */
export async function importPorts(ports: ImportPorts, text: string): Promise<PortsReport> {
  const { exclusions } = ports.configured;
  const refused: NonNullable<PortsReport['refused']> = [];
  const lines = parseFingerprintFile(text).flatMap((line) => {
    const open = line.open.subtract(exclusions.excludedPorts(line.address));
    const reason = refusal(line, open, exclusions);
    if (reason === null) return [{ ...line, open }];
    refused.push({ address: line.address, reason });
    return [];
  });
  const addresses = new Set(lines.map(({ address }) => address));
  if (addresses.size > 0) await watch(ports, addresses);
  const now = ports.clock.now();
  const results = lines.flatMap((line) => toResults(line, now));
  for (const [index, result] of packed(results).entries()) await ports.results.send(toShardResult(result, index, now));
  const open = results.reduce((sum, result) => sum + result.open.length, 0);
  return { addresses: addresses.size, ports: open, ...(refused.length > 0 && { refused }) };
}

function refusal({ address, open }: FingerprintText, left: PortSet, exclusions: Exclusions): string | null {
  const never = neverScanReason(address, { loopback: true });
  if (never !== null) return `it is never scanned: ${never}`;
  if (exclusions.excludesAddress(address)) return 'it is excluded';
  return left.isEmpty && !open.isEmpty ? 'every port of it in the file is excluded' : null;
}

/** Makes these addresses assets that are none yet: what the configuration names as `up` would, others as imported. */
async function watch({ assets, configured }: ImportPorts, addresses: ReadonlySet<string>): Promise<void> {
  const known = new Set((await assets.list()).map((asset) => asset.address));
  const fresh = [...addresses].filter((address) => !known.has(address));
  if (fresh.length === 0) return;
  const targets = new Map((await configured.among(fresh)).map((asset) => [asset.address, asset]));
  const imported = configured.assetsOf(AddressSet.fromCidrs(fresh), true, 'import');
  await assets.putAll(imported.map((asset) => targets.get(asset.address) ?? asset));
}

function toResults({ address, protocol, open }: FingerprintText, now: string): AddressResult[] {
  const all = [...open];
  const chunks = Array.from({ length: Math.ceil(all.length / OPEN_PORTS_PER_MESSAGE) }, (_, index) =>
    all.slice(index * OPEN_PORTS_PER_MESSAGE, (index + 1) * OPEN_PORTS_PER_MESSAGE),
  );
  return chunks.map((chunk) => ({
    address,
    protocol,
    covered: PortSet.from(chunk).toString(),
    open: chunk.map((port) => ({ port, reason: protocol === 'tcp' ? 'connected' : 'answered', rttMs: 0, tries: 1 })),
    closed: '',
    unknown: '',
    unknownReasons: {},
    probes: 1,
    startedAt: now,
    finishedAt: now,
  }));
}

function packed(results: readonly AddressResult[]): AddressResult[][] {
  const packs: AddressResult[][] = [];
  let room = 0;
  for (const result of results) {
    if (packs.length === 0 || result.open.length > room) {
      packs.push([]);
      room = OPEN_PORTS_PER_MESSAGE;
    }
    packs.at(-1)?.push(result);
    room -= result.open.length;
  }
  return packs;
}

function toShardResult(results: AddressResult[], index: number, now: string): ShardResult {
  return {
    shard: importedShard(
      String(index),
      results.map((result) => result.address),
      now,
    ),
    engine: 'import',
    status: 'partial',
    reason: 'imported: says nothing of other ports',
    results,
    startedAt: now,
    finishedAt: now,
  };
}
