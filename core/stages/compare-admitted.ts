import type { Asset } from '../assets/asset.ts';
import { INVENTORY } from '../assets/cloud-assets.ts';
import type { CloudNetwork, Place } from '../cloud/network.ts';
import { type Admitted, admittedOf, type Gain, gainedOf } from '../exposure/admitted.ts';
import { type AdmittedNow, admittedNow } from '../exposure/admitted-now.ts';
import { VersionConflict } from '../errors.ts';
import { canonicalJson } from '../identity.ts';
import type { Address } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import { Protocol } from '../net/protocol.ts';
import type { AdmittedStore } from '../ports/admitted-store.ts';
import type { Instant } from '../time.ts';
import { eachLimited } from './each-limited.ts';
import { endFindingsOf, type EndFindingsPorts, settleLatent } from './end-findings.ts';
import { probeGained, type ProbeChangePorts, probeLost, type Work } from './probe-change.ts';

/** Writers of one address at a time are few: more conflicts in a row than this is a fault. */
const MAX_TRIES = 4;
/** Addresses written at the same time. */
const CONCURRENCY = 16;

export interface CompareAdmittedPorts extends ProbeChangePorts, EndFindingsPorts {
  admitted: AdmittedStore;
  /** Addresses of a network that may be scanned, with their owners. */
  assetsOf: (network: CloudNetwork) => readonly Asset[];
}

/** Why rules are compared with what was known. */
export interface Occasion {
  /** Makes the ids of what follows from it: the same occasion twice is one. */
  readonly name: string;
  readonly receivedAt: Instant;
  /** The event behind a change at an address, and when it happened; null without one. */
  readonly eventAt: (address: Address) => { readonly eventId: string; readonly at: Instant } | null;
  /** The first look at a place: everything is new, and nothing is probed for it. */
  readonly baseline: boolean;
  /** Our own change: its verification looks at what it shut out. */
  readonly ours: boolean;
}

export interface Compared {
  readonly evaluatedAt: Instant;
  /** Where something is let in newly, or from wider than before. */
  readonly gained: ReadonlySet<Address>;
  readonly lost: ReadonlySet<Address>;
}

/**
 * Works out what the rules of a network let in at some of its addresses, and probes what they did not let in before; what they no longer do
 * is looked at again where it was open, and ends what was silent already. Addresses that are stored as being here and are not are no longer
 * ours, and are forgotten.
 * `storedBefore`: those that were stored when the read began; one that is not any more was forgotten by a newer read.
 *
 * Assets first, then probes, then the record: a crash before the record finds the same difference again. An older read never takes the
 * place of a newer one.
 */
export async function compareAdmitted(
  ports: CompareAdmittedPorts,
  network: CloudNetwork,
  addresses: ReadonlySet<Address>,
  storedBefore: ReadonlySet<Address>,
  occasion: Occasion,
): Promise<Compared> {
  const known = await ports.admitted.getMany([...addresses]);
  const found = admittedNow(network, addresses);
  const evaluatedAt = ports.clock.now();
  const moved: Record<Protocol, Moved> = { tcp: nothingMoved(), udp: nothingMoved() };
  const fresh: Admitted[] = [];
  for (const [address, now] of found) {
    const before = known.get(address);
    if (before === undefined ? storedBefore.has(address) : isNewer(before, network)) continue;
    for (const protocol of Protocol.options) {
      const { gained, lost, shut } = moved[protocol];
      const more = gainedOf(
        protocol,
        before !== undefined && isSameMachine(before, now) ? before.pairs : [],
        now.pairs,
      );
      const less = gainedOf(protocol, now.pairs, before?.pairs ?? []);
      if (!more.isEmpty && !occasion.baseline) gained.set(address, more);
      if (less.isEmpty) continue;
      lost.set(address, less);
      shut.set(address, less.subtract(admittedOf(protocol, now.pairs)));
    }
    const gain = gainOf(occasion, network, address, evaluatedAt, moved);
    if (before === undefined || !sameFacts(before, now))
      fresh.push({ ...now, version: 0, gain: gain ?? before?.gain ?? null });
  }
  const gained = new Set(Protocol.options.flatMap((protocol) => [...moved[protocol].gained.keys()]));
  const lost = new Set(Protocol.options.flatMap((protocol) => [...moved[protocol].lost.keys()]));
  const scannable = await putAssets(ports, network, new Set([...lost, ...gained]));
  for (const protocol of Protocol.options) {
    const { gained: more, lost: less, shut } = moved[protocol];
    await probeAll(ports, occasion, network, protocol, only(more, scannable), evaluatedAt);
    if (!occasion.ours) await probeLost(ports, occasion.name, protocol, only(less, scannable));
    await settleLatent(ports, shut, protocol);
  }
  await eachLimited(fresh, CONCURRENCY, (one) => saveNewest(ports.admitted, one, known.get(one.address)));
  await forget(ports, network, goneFrom(network, addresses, found, known));
  return { evaluatedAt, gained, lost };
}

/** Ports of one protocol, by address. `shut`: what of `lost` nobody is let in to any more. */
interface Moved {
  readonly gained: Work;
  readonly lost: Work;
  readonly shut: Work;
}

function nothingMoved(): Moved {
  return { gained: new Map(), lost: new Map(), shut: new Map() };
}

function gainOf(
  { receivedAt, eventAt, baseline }: Occasion,
  { readAt }: CloudNetwork,
  address: Address,
  evaluatedAt: Instant,
  moved: Readonly<Record<Protocol, Moved>>,
): Gain | null {
  const tcp = moved.tcp.gained.get(address) ?? PortSet.EMPTY;
  const udp = moved.udp.gained.get(address) ?? PortSet.EMPTY;
  if (baseline || (tcp.isEmpty && udp.isEmpty)) return null;
  const event = eventAt(address);
  return {
    eventId: event?.eventId ?? null,
    at: event?.at ?? readAt,
    receivedAt,
    evaluatedAt,
    late: event === null,
    ports: tcp.toString(),
    ...(udp.isEmpty ? {} : { udpPorts: udp.toString() }),
  };
}

/** One run for each event: its shards carry when it happened. */
async function probeAll(
  ports: CompareAdmittedPorts,
  occasion: Occasion,
  network: CloudNetwork,
  protocol: Protocol,
  gained: Work,
  evaluatedAt: Instant,
): Promise<void> {
  const byEvent = Map.groupBy(gained, ([address]) => occasion.eventAt(address)?.eventId ?? null);
  for (const [eventId, some] of byEvent) {
    const at = occasion.eventAt(some[0]?.[0] ?? '')?.at ?? network.readAt;
    const cause = { eventId, at, receivedAt: occasion.receivedAt, evaluatedAt, late: eventId === null };
    await probeGained(ports, `${occasion.name} ${eventId}`, protocol, new Map(some), cause);
  }
}

/**
 * Results at an address are judged by its asset, so that is there before the first probe. Resolves to those of `addresses` that may be
 * scanned.
 */
async function putAssets(
  ports: CompareAdmittedPorts,
  network: CloudNetwork,
  addresses: ReadonlySet<Address>,
): Promise<Set<Address>> {
  if (addresses.size === 0) return new Set();
  const assets = ports.assetsOf(network).filter(({ address }) => addresses.has(address));
  const fresh: Asset[] = [];
  await eachLimited(assets, CONCURRENCY, async (asset) => {
    const before = await ports.assets.get(asset.address);
    // What somebody configured stays as it is: its account is part of the identity of its findings.
    const stale = before === undefined || before.source === INVENTORY;
    if (stale && before?.networkInterface !== asset.networkInterface) fresh.push(asset);
  });
  if (fresh.length > 0) await ports.assets.putAll(fresh);
  return new Set(assets.map(({ address }) => address));
}

function only(work: Work, addresses: ReadonlySet<Address>): Work {
  return new Map([...work].filter(([address]) => addresses.has(address)));
}

function isNewer(stored: Admitted, network: CloudNetwork): boolean {
  return samePlace(stored, network) && stored.at > network.readAt;
}

/** Behind the same interface: at another one, everything that is let in is let in to something new. */
function isSameMachine(before: Admitted, now: AdmittedNow): boolean {
  return samePlace(before, now) && before.interfaceId === now.interfaceId;
}

function samePlace(a: Place, b: Place): boolean {
  return a.account === b.account && a.region === b.region;
}

function sameFacts(before: Admitted, now: AdmittedNow): boolean {
  const factsOf = ({ account, region, interfaceId, groupIds, hash }: AdmittedNow) =>
    canonicalJson([account, region, interfaceId, groupIds, hash]);
  return factsOf(before) === factsOf(now);
}

async function saveNewest(store: AdmittedStore, fresh: Admitted, known: Admitted | undefined): Promise<void> {
  let before = known;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await store.save({ ...fresh, version: before?.version ?? 0 });
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === MAX_TRIES) throw error;
      before = await store.get(fresh.address);
      if (before !== undefined && samePlace(before, fresh) && before.at > fresh.at) return;
    }
  }
}

/** An address that has left may be a stranger's by now: it must not be scanned again, and not at the next inventory only. */
async function forget(ports: CompareAdmittedPorts, network: CloudNetwork, gone: readonly Address[]): Promise<void> {
  const released: Asset[] = [];
  await eachLimited(gone, CONCURRENCY, async (address) => {
    const asset = await ports.assets.get(address);
    if (asset?.source === INVENTORY && samePlace(asset, network)) released.push(asset);
  });
  await endFindingsOf(ports, released);
  if (released.length > 0) await ports.assets.removeAll(released.map(({ address }) => address));
  if (gone.length > 0) await ports.admitted.removeAll(gone);
}

/** Asked for, stored as being here, and not here any more. */
function goneFrom(
  network: CloudNetwork,
  addresses: ReadonlySet<Address>,
  found: ReadonlyMap<Address, unknown>,
  known: ReadonlyMap<Address, Admitted>,
): Address[] {
  return [...known.values()]
    .filter(
      (stored) =>
        addresses.has(stored.address) &&
        !found.has(stored.address) &&
        samePlace(stored, network) &&
        !isNewer(stored, network),
    )
    .map(({ address }) => address);
}
