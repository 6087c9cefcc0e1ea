import type { Asset } from '../assets/asset.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Finding } from '../findings/finding.ts';
import { compareAddresses } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import type { PlanBody } from './plan.ts';

const MAX_NEIGHBOURS = 3;

/**
 * Up to three other confirmed-open ports that must survive the change: of the same address first, then of other addresses with the
 * same owner. Ascending, so that the same facts give the same plan.
 */
export function chooseNeighbours(
  finding: Pick<Finding, 'address' | 'port' | 'owner'>,
  fingerprints: readonly Pick<Fingerprint, 'address' | 'open'>[],
  assets: readonly Pick<Asset, 'address' | 'owner'>[],
): PlanBody['neighbours'] {
  const owned = new Set(assets.filter((asset) => asset.owner === finding.owner).map((asset) => asset.address));
  const candidates = fingerprints
    .filter(({ address }) => address === finding.address || owned.has(address))
    .sort((a, b) => rank(a) - rank(b) || compareAddresses(a.address, b.address));
  function rank({ address }: { address: string }): number {
    return address === finding.address ? 0 : 1;
  }
  const chosen: PlanBody['neighbours'] = [];
  for (const { address, open } of candidates) {
    for (const port of PortSet.parse(open)) {
      if (chosen.length === MAX_NEIGHBOURS) return chosen;
      if (address !== finding.address || port !== finding.port) chosen.push({ address, port });
    }
  }
  return chosen;
}
