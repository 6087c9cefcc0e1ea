import type { Asset } from '../../core/assets/asset.ts';
import type { AddressResult, ShardResult } from '../../core/fingerprints/shard-result.ts';
import { parsePorts } from '../../core/net/ports-spec.ts';
import { PortSet } from '../../core/net/port-set.ts';
import type { Shard } from '../../core/planning/shard.ts';
import type { Instant } from '../../core/time.ts';

export const HIGH_RISK = parsePorts('high-risk');
/** Open at every address all the time. */
const ALWAYS = [22, 443, 3306];
/** Opens and closes. */
const TOGGLED = 6379;

/** Documentation addresses stand for a fleet (RFC 2544, 198.18.0.0/15): nothing is sent to them. */
function addressesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
}

export function assetOf(address: string, learnedAt: Instant): Asset {
  return {
    address,
    account: 'local',
    region: 'local',
    networkInterface: null,
    owner: 'payments',
    ownerEmail: null,
    tags: {},
    source: 'config',
    exposed: true,
    learnedAt,
  };
}

/** The fleet as a scanner finds it. */
export class Fleet {
  readonly addresses: readonly string[];
  #toggledOpen = false;

  constructor(count: number) {
    this.addresses = addressesOf(count);
  }

  /** Opens the changing port at every address, or closes it. */
  toggle(): void {
    this.#toggledOpen = !this.#toggledOpen;
  }

  /** What a scan of the shard finds now: ports that are not open answer RST. */
  scan(shard: Shard, now: Instant): ShardResult {
    const covered = PortSet.parse(shard.ports);
    const listening = this.#toggledOpen ? [...ALWAYS, TOGGLED] : ALWAYS;
    const open = listening.filter((port) => covered.has(port));
    const closed = covered.subtract(PortSet.from(open)).toString();
    const results = shard.addresses.map((address): AddressResult => ({
      address,
      protocol: 'tcp',
      covered: shard.ports,
      open: open.map((port) => ({ port, reason: 'connected', rttMs: 0.4, tries: 1 })),
      closed,
      unknown: '',
      unknownReasons: {},
      probes: shard.tries,
      startedAt: now,
      finishedAt: now,
    }));
    return { shard, engine: 'connect', status: 'complete', reason: null, results, startedAt: now, finishedAt: now };
  }
}
