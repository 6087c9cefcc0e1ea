import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Finding } from '../findings/finding.ts';
import { compareAddresses } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import { PortSet } from '../net/port-set.ts';
import type { AssetStore, FingerprintStore } from '../ports/stores.ts';
import type { PlanBody } from './plan.ts';

const MAX_NEIGHBOURS = 3;

/** Other addresses of the owner that are looked at: among so many, some port is open, or the owner has nothing else to lose. */
const MAX_ADDRESSES = 50;

type Neighbours = PlanBody['neighbours'];

/**
 * Up to three other confirmed-open ports that must survive the change: of the same address first, then of other addresses of the owner in the
 * same account and Region. A change reaches no further, and what goes down elsewhere must not undo it.
 */
export async function readNeighbours(
  ports: { fingerprints: FingerprintStore; assets: AssetStore },
  finding: Finding,
): Promise<Neighbours> {
  const { address, owner, account, region } = finding;
  const here = [...(await ports.fingerprints.getMany([address])).values()];
  const near = chooseNeighbours(finding, here);
  if (near.length === MAX_NEIGHBOURS) return near;
  const others = (await ports.assets.list())
    .filter((asset) => asset.owner === owner && asset.account === account && asset.region === region)
    .filter((asset) => asset.address !== address)
    .map((asset) => asset.address)
    .sort(compareAddresses)
    .slice(0, MAX_ADDRESSES);
  const there = [...(await ports.fingerprints.getMany(others)).values()];
  return chooseNeighbours(finding, [...here, ...there]);
}

/** Ascending, so that the same facts give the same plan. */
export function chooseNeighbours(
  finding: Pick<Finding, 'address' | 'port'>,
  fingerprints: readonly Pick<Fingerprint, 'address' | 'open'>[],
): Neighbours {
  const rank = ({ address }: { address: string }): number => (address === finding.address ? 0 : 1);
  const chosen: Neighbours = [];
  for (const { address, open } of [...fingerprints].sort(
    (a, b) => rank(a) - rank(b) || compareAddresses(a.address, b.address),
  )) {
    for (const port of PortSet.parse(open).subtract(PortSet.of(EVERY_PORT))) {
      if (chosen.length === MAX_NEIGHBOURS) return chosen;
      if (address !== finding.address || port !== finding.port) chosen.push({ address, port });
    }
  }
  return chosen;
}
