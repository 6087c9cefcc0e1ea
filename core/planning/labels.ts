import type { Asset } from '../assets/asset.ts';
import { INSTANCE_STATE } from '../assets/cloud-assets.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Address } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import { type Instant, days, msBetween } from '../time.ts';
import type { TargetLabel } from './target-label.ts';

/** An address that has not answered for this long is offline (research/anchors-scanners.md 6.2: dead after misses on 2 days). */
const ONLINE_FOR_MS = days(2);
/** That a host answers on every port is looked at by sweeps. */
const NOT_PROBED = PortSet.of(EVERY_PORT);

/**
 * What a label stands for now: address -> its ports, or null where the label says nothing about ports. Only assets are ever
 * in it: a fingerprint of an address that is no longer ours counts for nothing. `admitted`: TCP ports that rules let in from the internet.
 */
export function resolveLabel(
  label: TargetLabel,
  assets: Iterable<Watched>,
  fingerprints: ReadonlyMap<Address, Fingerprint>,
  now: Instant,
  admitted: ReadonlyMap<Address, PortSet> = new Map(),
): Map<Address, PortSet | null> {
  const targets = new Map<Address, PortSet | null>();
  for (const asset of assets) {
    const { address } = asset;
    const ports = PORTS_UNDER[label](fingerprints.get(address), now, admitted.get(address), asset);
    if (ports === null || !ports.isEmpty) targets.set(address, ports);
  }
  return targets;
}

/** Of an asset what a label needs. */
type Watched = Pick<Asset, 'address'> & Partial<Pick<Asset, 'tags' | 'learnedAt'>>;

/**
 * Of which protocol the fingerprints are that a label for ports of `protocol` is resolved with. Whether an address is online is told by TCP
 * alone, which knocks more often and at more ports.
 */
export function fingerprintsFor(label: TargetLabel, protocol: Protocol): Protocol {
  return label === 'PORT_OPEN' || label === 'PORT_DOWN' ? protocol : 'tcp';
}

/** Null: the address with no word on ports. Empty: the address is not in the label. */
const PORTS_UNDER: Readonly<
  Record<
    TargetLabel,
    (
      fingerprint: Fingerprint | undefined,
      now: Instant,
      admitted: PortSet | undefined,
      asset: Watched,
    ) => PortSet | null
  >
> = {
  IP_ASSETS: () => null,
  IP_ONLINE: (fingerprint, now, _admitted, asset) => (isOnline(fingerprint, now, asset) ? null : PortSet.EMPTY),
  IP_OFFLINE: (fingerprint, now, _admitted, asset) => (isOnline(fingerprint, now, asset) ? PortSet.EMPTY : null),
  PORT_OPEN: openPorts,
  PORT_DOWN: downPorts,
  PORT_ADMITTED: (_fingerprint, _now, admitted) => admitted ?? PortSet.EMPTY,
};

const UP: ReadonlySet<string> = new Set(['pending', 'running']);
const DOWN: ReadonlySet<string> = new Set(['shutting-down', 'stopped', 'stopping', 'terminated']);

/**
 * What the inventory says of the address's instance comes first: one that runs is online whether it answers or not, one that does not run is
 * offline unless it answered after that was learned. Else: answered within two days, or never looked at.
 */
function isOnline(
  fingerprint: Fingerprint | undefined,
  now: Instant,
  { tags, learnedAt }: Pick<Watched, 'tags' | 'learnedAt'>,
): boolean {
  const state = tags?.[INSTANCE_STATE] ?? '';
  if (UP.has(state)) return true;
  if (DOWN.has(state)) {
    const aliveAt = fingerprint?.aliveAt ?? null;
    if (aliveAt === null || (learnedAt !== undefined && aliveAt <= learnedAt)) return false;
  }
  if (fingerprint === undefined || fingerprint.observed.length === 0) return true;
  return fingerprint.aliveAt !== null && msBetween(fingerprint.aliveAt, now) <= ONLINE_FOR_MS;
}

/** Confirmed open, and those whose opening or closure is still being confirmed. */
function openPorts(fingerprint: Fingerprint | undefined): PortSet {
  if (fingerprint === undefined) return PortSet.EMPTY;
  return PortSet.parse(fingerprint.open)
    .union(PortSet.parse(fingerprint.pendingOpen))
    .union(PortSet.from(fingerprint.pendingClosed.map(({ port }) => port)))
    .subtract(NOT_PROBED);
}

/** Closed, and once open. */
function downPorts(fingerprint: Fingerprint | undefined): PortSet {
  if (fingerprint === undefined) return PortSet.EMPTY;
  return PortSet.from(fingerprint.history.map(({ port }) => port))
    .subtract(openPorts(fingerprint))
    .subtract(NOT_PROBED);
}
