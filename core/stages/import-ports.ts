import type { ConfiguredAssets } from '../assets/configured-assets.ts';
import { type FingerprintText, parseFingerprintFile } from '../fingerprints/text.ts';
import type { AddressResult, ShardResult } from '../fingerprints/shard-result.ts';
import { AddressSet } from '../net/address-set.ts';
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
 * leaves out. Excluded ports are taken out; an address that is excluded, or has no other ports in the list, is refused by name.
 * @throws BadInput naming the line; or that every address is excluded
 */
export async function importPorts(ports: ImportPorts, text: string): Promise<PortsReport> {
  const { exclusions } = ports.configured;
  const refused: NonNullable<PortsReport['refused']> = [];
  const named = parseFingerprintFile(text);
  const lines = named.flatMap((line) => {
    const open = line.open.subtract(exclusions.excludedPorts(line.address));
    const excluded = exclusions.excludesAddress(line.address);
    if (!excluded && (line.open.isEmpty || !open.isEmpty)) return [{ ...line, open }];
    refused.push({
      address: line.address,
      reason: excluded ? 'it is excluded' : 'every port of it in the file is excluded',
    });
    return [];
  });
  const set = AddressSet.fromCidrs(named.map(({ address }) => address));
  const wanted = new Set(lines.map(({ address }) => address));
  const assets = ports.configured.assetsOf(set, true, 'import').filter(({ address }) => wanted.has(address));
  const known = new Set((await ports.assets.list()).map((asset) => asset.address));
  const fresh = assets.filter((asset) => !known.has(asset.address));
  const targets = await ports.configured.among(fresh.map(({ address }) => address));
  const asConfigured = new Map(targets.map((asset) => [asset.address, asset]));
  await ports.assets.putAll(fresh.map((asset) => asConfigured.get(asset.address) ?? asset));
  const now = ports.clock.now();
  const results = lines.flatMap((line) => toResults(line, now));
  for (const [index, result] of packed(results).entries()) await ports.results.send(toShardResult(result, index, now));
  const open = results.reduce((sum, result) => sum + result.open.length, 0);
  return { addresses: assets.length, ports: open, ...(refused.length > 0 && { refused }) };
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
