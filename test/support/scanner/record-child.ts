/**
 * Sweeps an address in shards by a raw engine or by connections, takes the results in, scans what is then asked for by connections, and tells
 * people: `record-child.ts '{"address","shards":[{"engine","ports"}]}'` prints a `Recorded`. Stores are in memory.
 */
import { alertText } from '../../../core/alerting/render.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { alertGroupOf } from '../../../core/findings/finding.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { after } from '../../../core/time.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';
import { scanShard } from '../../../fargate-scanner/scan-shard.ts';
import { anAsset } from '../../builders/asset.ts';
import { aShard } from '../../builders/shard.ts';
import { StageWorld } from '../stages/world.ts';
import { NOTHING_FORBIDDEN } from './nothing-forbidden.ts';

export interface RecordJob {
  readonly address: string;
  readonly shards: readonly { readonly engine: 'syn' | 'connect'; readonly ports: string }[];
}

export interface Recorded {
  /** Of each shard: engine, purpose, status, reason, and how many ports it told to be open. */
  readonly shards: readonly string[];
  /** Address, port, service, severity and status of each finding. */
  readonly findings: readonly string[];
  readonly changes: number;
  /** What is confirmed open, and half open. */
  readonly open: string;
  readonly pendingOpen: string;
  readonly alerts: readonly string[];
}

const { address, shards } = JSON.parse(process.argv[2] ?? '{}') as RecordJob;
const engines = { syn: synEngine(), connect: connectEngine() };
const now = (): string => new Date().toISOString();
const world = new StageWorld();
world.now = now();
await world.stores.assets.putAll([anAsset({ address })]);
const lines: string[] = [];

function describe({ shard, engine, status, reason, results }: ShardResult): string {
  const open = results.reduce((sum, result) => sum + result.open.length, 0);
  return `${engine} ${shard.purpose} ${status}: ${open} open; ${reason ?? 'nothing to say'}`;
}

async function scan(engine: 'syn' | 'connect', shard: Shard): Promise<void> {
  const result = await scanShard(shard, {
    ...NOTHING_FORBIDDEN,
    engine: engines[engine],
    clock: { now },
    limits: { rate: 20_000, shared: null, perAddressRate: null, deadlineMs: 60_000 },
  });
  lines.push(describe(result));
  world.now = now();
  await world.ingest([result]);
}

for (const [i, { engine, ports }] of shards.entries()) {
  const times = { createdAt: now(), notAfter: after(now(), 60_000) };
  await scan(engine, aShard({ ...times, shardId: `s-${i}`, addresses: [address], ports, tries: 1, timeoutMs: 400 }));
}
for (let asked = world.sent.splice(0); asked.length > 0; asked = world.sent.splice(0)) {
  for (const { shard } of asked) await scan('connect', { ...shard, timeoutMs: 500, tries: 1 });
}
const findings = await world.stores.findings.list();
for (const group of new Set(findings.map(alertGroupOf))) await world.announce(group);
const fingerprint = (await world.stores.fingerprints.getMany([address])).get(address);
const recorded: Recorded = {
  shards: lines,
  findings: findings.map(
    ({ address: at, port, service, severity, status }) => `${at} ${port} ${service ?? '-'} ${severity} ${status}`,
  ),
  changes: (await world.stores.changes.list({ limit: 100_000 })).length,
  open: fingerprint?.open ?? '',
  pendingOpen: fingerprint?.pendingOpen ?? '',
  alerts: world.alerts.map(alertText),
};
console.log(JSON.stringify(recorded));
