import type { CloudNetwork, Place } from '../cloud/network.ts';
import { affectedAddresses } from '../events/affected.ts';
import { namesNothing } from '../events/event-ids.ts';
import type { Touched } from '../events/firewall-event.ts';
import type { Admitted } from '../exposure/admitted.ts';
import type { Address } from '../net/address.ts';
import type { CloudReader } from '../ports/cloud.ts';
import { type Instant, msBetween } from '../time.ts';

/** Reading around an address takes a dozen calls: beyond this many, reading everything takes fewer. */
const MAX_AROUND = 4;

export interface AffectedRead {
  readonly network: CloudNetwork;
  /** Those in it, or stored as being in it, that the event bears on. */
  readonly addresses: ReadonlySet<Address>;
}

/** Describe calls may answer with what was true seconds ago (EC2 API reference, "Ensuring idempotency and eventual consistency"). */
const CONSISTENT_AFTER_MS = 5_000;

export type ReadAffected = (
  place: Place,
  touched: Touched,
  /** What is stored of this place. */
  known: readonly Admitted[],
  /** When the newest of the changes was made. */
  changedAt: Instant,
) => Promise<AffectedRead[]>;

/**
 * Reads what bears on the addresses that an event touches: around each of a few that are known to be behind the groups and interfaces it
 * names, else everything. The last read of everything serves the next event too when it began well after the change: events come late and
 * in swarms, and calls to EC2 are counted.
 */
export function makeReadAffected(reader: CloudReader): ReadAffected {
  const lastWhole = new Map<string, CloudNetwork>();

  return async function readAffected(place, touched, known, changedAt) {
    const around = knownBehind(touched, known);
    const reads = around === null ? null : await readEach(reader, place, touched, around);
    if (reads !== null) return reads;
    const key = `${place.account} ${place.region}`;
    const last = lastWhole.get(key);
    if (last !== undefined && msBetween(changedAt, last.readAt) >= CONSISTENT_AFTER_MS) {
      const read = affectedIn(last, touched, known);
      // One that is not stored is new, or was released since: only a fresh read can tell.
      const stored = new Set(known.map(({ address }) => address));
      if ([...read.addresses].every((address) => stored.has(address))) return [read];
    }
    const network = await reader.readAll(place);
    lastWhole.set(key, network);
    return [affectedIn(network, touched, known)];
  };
}

function affectedIn(network: CloudNetwork, touched: Touched, known: readonly Admitted[]): AffectedRead {
  return { network, addresses: withStored(affectedAddresses(network, touched), touched, known) };
}

/** Null when something that is named is not known to be anywhere, or when it may be anywhere. */
function knownBehind(touched: Touched, known: readonly Admitted[]): Address[] | null {
  const { addresses, groupIds, interfaceIds, ruleIds: _, ...others } = touched;
  if (others.everything || !namesNothing({ ...others, addresses: [], groupIds: [], interfaceIds: [], ruleIds: [] })) {
    return null;
  }
  const behind = new Set<Address>(addresses);
  for (const groupId of groupIds) {
    const found = known.filter((one) => one.groupIds.includes(groupId));
    if (found.length === 0) return null;
    for (const { address } of found) behind.add(address);
  }
  for (const interfaceId of interfaceIds) {
    const found = known.filter((one) => one.interfaceId === interfaceId);
    if (found.length === 0) return null;
    for (const { address } of found) behind.add(address);
  }
  return behind.size === 0 ? null : [...behind];
}

/** Null when it is not enough: too many interfaces have joined a group since it was stored, or none of those that were known has it still. */
async function readEach(
  reader: CloudReader,
  place: Place,
  touched: Touched,
  start: readonly Address[],
): Promise<AffectedRead[] | null> {
  const wanted = new Set(start);
  const reads: AffectedRead[] = [];
  for (const address of wanted) {
    if (wanted.size > MAX_AROUND) return null;
    const network = await reader.readAround(place, address);
    reads.push({ network, addresses: new Set([address]) });
    // Grows the set that is walked: each new address is read around too.
    for (const other of affectedAddresses(network, touched)) wanted.add(other);
  }
  const attached = new Set(reads.flatMap(({ network }) => network.interfaces.flatMap(({ groupIds }) => groupIds)));
  return touched.groupIds.every((id) => attached.has(id)) ? reads : null;
}

/** With the addresses that were behind what is named and may have gone. */
function withStored(found: ReadonlySet<Address>, touched: Touched, known: readonly Admitted[]): Set<Address> {
  const were = known.filter(
    (one) =>
      touched.everything ||
      one.groupIds.some((id) => touched.groupIds.includes(id)) ||
      (one.interfaceId !== null && touched.interfaceIds.includes(one.interfaceId)),
  );
  return new Set([...found, ...were.map(({ address }) => address)]);
}
