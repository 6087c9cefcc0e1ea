import { type Fingerprint } from '../fingerprints/fingerprint.ts';
import type { ShardResult } from '../fingerprints/shard-result.ts';
import { idOf } from '../identity.ts';
import type { Address } from '../net/address.ts';
import { Exclusions } from '../net/exclusions.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import { frequentPart, ON_CHANGE, portsOf } from '../planning/catalogue.ts';
import { resolveLabel } from '../planning/labels.ts';
import { makeShards } from '../planning/make-shards.ts';
import type { ShardCause } from '../planning/shard.ts';
import type { AssetStore, FingerprintStore } from '../ports/stores.ts';
import { minutes, msBetween } from '../time.ts';
import { type DispatchPorts, type RunSpec, startRun } from './dispatch.ts';

export interface ProbeChangePorts extends Pick<
  DispatchPorts,
  'clock' | 'log' | 'killSwitch' | 'runs' | 'shards' | 'settings'
> {
  assets: AssetStore;
  fingerprints: FingerprintStore;
}

/** Ports by address. */
export type Work = Map<Address, PortSet>;

/** A probe that waits longer than this in the queue says nothing that a sweep would not. */
const TTL_MS = minutes(5);
const MAX_ADDRESSES_PER_SHARD = 64;

/**
 * Probes what a change let in: what can be probed often at once, the rest of a rule for everything behind the sweeps. `name` makes the run's
 * id: the same change delivered twice is the same run.
 */
export async function probeGained(
  ports: ProbeChangePorts,
  name: string,
  protocol: Protocol,
  gained: Work,
  cause: Omit<ShardCause, 'firstAt' | 'attempt'>,
): Promise<void> {
  const allowed = cutToSettings(ports, protocol, gained);
  const urgent = mapPorts(allowed, (all) => frequentPart(all, protocol));
  const rest = mapPorts(allowed, (all) => all.subtract(frequentPart(all, protocol)));
  const first = { ...cause, firstAt: ports.clock.now(), attempt: 0 };
  await run(ports, `${name} gained`, protocol, urgent, { priority: true, cause: first });
  await run(ports, `${name} rest`, protocol, rest, { priority: false, backstop: true });
}

/** Looks again at ports that are open, or were until now, and that a change has shut out: their findings may be over. */
export async function probeLost(ports: ProbeChangePorts, name: string, protocol: Protocol, lost: Work): Promise<void> {
  const known = await ports.fingerprints.getMany([...lost.keys()], protocol);
  const open = knownOpen(known, ports.clock.now());
  const work = mapPorts(lost, (all, address) => all.intersect(open.get(address) ?? PortSet.EMPTY));
  await run(ports, `${name} lost`, protocol, cutToSettings(ports, protocol, work), { priority: true });
}

/**
 * The next probe of what a shard of task 10 had no answer from, neither open nor refused: a rule takes a moment to take effect, and a service
 * to start. Shards of the same result have the same ids.
 */
export async function probeAgain(ports: ProbeChangePorts, result: ShardResult): Promise<void> {
  const { shard } = result;
  if (shard.cause === undefined || shard.taskId !== ON_CHANGE.id) return;
  const now = ports.clock.now();
  const elapsedMs = msBetween(shard.cause.firstAt, now);
  const attempt = ON_CHANGE.afterSeconds.findIndex(
    (after, index) => index > (shard.cause?.attempt ?? 0) && after * 1_000 >= elapsedMs,
  );
  if (attempt < 0) return;
  const work: Work = new Map();
  for (const [address, unanswered] of unansweredIn(result)) {
    if ((await ports.assets.get(address)) !== undefined) work.set(address, frequentPart(unanswered, shard.protocol));
  }
  if (work.size === 0) return;
  const delayMs = (ON_CHANGE.afterSeconds[attempt] ?? 0) * 1_000 - elapsedMs;
  const shards = makeShards({
    runId: idOf('again', shard.shardId, attempt),
    taskId: ON_CHANGE.id,
    purpose: 'sweep',
    protocol: shard.protocol,
    work,
    exclusions: new Exclusions(ports.settings.exclude),
    tries: ON_CHANGE.tries,
    timeoutMs: ON_CHANGE.timeoutMs,
    rate: null,
    maxProbesPerShard: ON_CHANGE.maxShardProbes,
    maxAddressesPerShard: MAX_ADDRESSES_PER_SHARD,
    now,
    ttlMs: delayMs + TTL_MS,
    planId: null,
  });
  const cause = { ...shard.cause, attempt };
  await ports.shards.send(
    shards.map((each) => ({ ...each, cause })),
    { priority: true, delaySeconds: Math.ceil(delayMs / 1_000) },
  );
}

async function run(
  ports: ProbeChangePorts,
  name: string,
  protocol: Protocol,
  work: Work,
  how: Pick<RunSpec, 'priority' | 'backstop' | 'cause'>,
): Promise<void> {
  if (work.size === 0) return;
  const stop = await ports.killSwitch.read();
  if (stop.on) {
    ports.log.warn('the kill switch is on: nothing is scanned', { task: ON_CHANGE.name, reason: stop.reason });
    return;
  }
  await startRun(ports, {
    runId: idOf('r', ON_CHANGE.id, protocol === 'tcp' ? name : `${name} ${protocol}`),
    task: { ...ON_CHANGE, protocol },
    work,
    scope: null,
    ...how,
  });
}

/** What a shard was to probe and did not hear from. */
function unansweredIn({ shard, results }: ShardResult): Work {
  const heard = new Map(
    results.map(({ address, open, closed }) => [
      address,
      PortSet.from(open.map(({ port }) => port)).union(PortSet.parse(closed)),
    ]),
  );
  const asked = (address: Address) => PortSet.parse(shard.ports).subtract(PortSet.parse(shard.excluded[address] ?? ''));
  return mapPorts(new Map(shard.addresses.map((address) => [address, asked(address)])), (all, address) =>
    all.subtract(heard.get(address) ?? PortSet.EMPTY),
  );
}

function knownOpen(known: ReadonlyMap<Address, Fingerprint>, now: string): Map<Address, PortSet | null> {
  const assets = [...known.keys()].map((address) => ({ address }));
  return resolveLabel('PORT_OPEN', assets, known, now);
}

/** A configured list of ports is never exceeded. */
function cutToSettings({ settings }: ProbeChangePorts, protocol: Protocol, work: Work): Work {
  const limit = portsOf({ ...ON_CHANGE, protocol }, settings) ?? PortSet.EMPTY;
  return mapPorts(work, (all) => all.intersect(limit));
}

/** Without the addresses that are left with nothing. */
function mapPorts(work: Work, change: (ports: PortSet, address: Address) => PortSet): Work {
  return new Map(
    [...work].map(([address, all]) => [address, change(all, address)] as const).filter(([, all]) => !all.isEmpty),
  );
}
