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
  const here = await readOpen(ports, finding, [address]);
  const near = chooseNeighbours(finding, here);
  if (near.length === MAX_NEIGHBOURS) return near;
  const others = (await ports.assets.list())
    .filter((asset) => asset.owner === owner && asset.account === account && asset.region === region)
    .filter((asset) => asset.address !== address)
    .map((asset) => asset.address)
    .sort(compareAddresses)
    .slice(0, MAX_ADDRESSES);
  const there = await readOpen(ports, finding, others);
  return chooseNeighbours(finding, [...here, ...there]);
}

/** UDP ports can be lost to silence that means nothing, so they are looked at only where one of them is closed. */
async function readOpen(
  { fingerprints }: { fingerprints: FingerprintStore },
  { protocol }: Finding,
  addresses: readonly string[],
): Promise<Fingerprint[]> {
  const tcp = await fingerprints.getMany(addresses);
  const udp = protocol === 'udp' ? await fingerprints.getMany(addresses, 'udp') : new Map<string, Fingerprint>();
  return [...udp.values(), ...tcp.values()];
}

/** Those of the closed port's protocol first; ascending, so that the same facts give the same plan. */
export function chooseNeighbours(
  finding: Pick<Finding, 'address' | 'protocol' | 'port'>,
  fingerprints: readonly Pick<Fingerprint, 'address' | 'protocol' | 'open'>[],
): Neighbours {
  const rank = ({ address }: { address: string }): number => (address === finding.address ? 0 : 1);
  const chosen: Neighbours = [];
  const other = ({ protocol }: Pick<Finding, 'protocol'>): number => (protocol === finding.protocol ? 0 : 1);
  for (const { address, protocol, open } of [...fingerprints].sort(
    (a, b) => rank(a) - rank(b) || compareAddresses(a.address, b.address) || other(a) - other(b),
  )) {
    for (const port of PortSet.parse(open).subtract(PortSet.of(EVERY_PORT))) {
      if (chosen.length === MAX_NEIGHBOURS) return chosen;
      if (address === finding.address && protocol === finding.protocol && port === finding.port) continue;
      chosen.push({ address, port, ...(protocol === 'udp' ? { protocol } : {}) });
    }
  }
  return chosen;
}
