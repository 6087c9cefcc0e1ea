import type { CloudNetwork, Instance, NetworkInterface, Tags } from '../cloud/network.ts';
import { type Address, scopeOf } from '../net/address.ts';
import type { Asset } from './asset.ts';
import type { Owner } from './owners.ts';

/** The source of assets that a cloud's inventory lists. */
export const INVENTORY = 'inventory';
/** The tag of an asset that says how its instance is: `running`, `stopped` ... as EC2 names it. */
export const INSTANCE_STATE = 'cloud:instance-state';

/** Who owns an address, given the tags of what it belongs to, most specific first. */
export type OwnerOf = (address: Address, tagsInOrder: readonly Tags[]) => Owner | null;

/**
 * Every address of the network that the internet may send to: public IPv4 addresses of interfaces, secondary ones, elastic ones and those of load balancers
 * included, and global IPv6 addresses. An elastic IP on no interface is ours and leads nowhere: it is left out.
 *
 * `tags` are those of the elastic IP, load balancer, instance and interface (the last wins), and what the address belongs to as `cloud:vpc`,
 * `cloud:subnet`, `cloud:instance` with `cloud:instance-state`, `cloud:load-balancer` (its ARN) and `cloud:elastic-ip` (its allocation).
 */
export function cloudAssets(network: CloudNetwork, ownerOf: OwnerOf): Asset[] {
  const belongings = new Belongings(network);
  const assets = new Map<Address, Asset>();
  for (const eni of network.interfaces) {
    for (const address of outsideAddresses(eni)) {
      if (assets.has(address)) continue;
      const { facts, tagsInOrder, ownTags } = belongings.of(eni, address);
      const owner = ownerOf(address, tagsInOrder);
      assets.set(address, {
        address,
        account: network.account,
        region: network.region,
        networkInterface: eni.id,
        owner: owner?.owner ?? null,
        ownerEmail: owner?.email ?? null,
        tags: { ...ownTags, ...facts },
        source: INVENTORY,
        exposed: true,
        learnedAt: network.readAt,
      });
    }
  }
  return [...assets.values()];
}

function outsideAddresses({ ipv4, ipv6 }: NetworkInterface): Address[] {
  return [...ipv4.flatMap((each) => each.public ?? []), ...ipv6.filter((address) => scopeOf(address) === 'internet')];
}

/** Looks up what an interface belongs to. */
class Belongings {
  readonly #instances: ReadonlyMap<string, Instance>;
  readonly #subnets: ReadonlyMap<string, Tags>;
  readonly #vpcs: ReadonlyMap<string, Tags>;
  readonly #balancers: ReadonlyMap<string, { arn: string; tags: Tags }>;
  readonly #elastic: ReadonlyMap<Address, { allocationId: string; tags: Tags }>;

  constructor(network: CloudNetwork) {
    this.#instances = new Map(network.instances.map((instance) => [instance.id, instance]));
    this.#subnets = new Map(network.subnets.map(({ id, tags }) => [id, tags]));
    this.#vpcs = new Map(network.vpcs.map(({ id, tags }) => [id, tags]));
    this.#balancers = new Map(network.loadBalancers.flatMap((each) => each.interfaceIds.map((id) => [id, each])));
    this.#elastic = new Map(network.elasticAddresses.map((each) => [each.address, each]));
  }

  of(eni: NetworkInterface, address: Address): { facts: Tags; tagsInOrder: readonly Tags[]; ownTags: Tags } {
    const balancer = this.#balancers.get(eni.id);
    const elastic = this.#elastic.get(address);
    const instance = eni.instanceId === null ? undefined : this.#instances.get(eni.instanceId);
    const own = [eni.tags, instance?.tags ?? {}, balancer?.tags ?? {}, elastic?.tags ?? {}];
    const around = [this.#subnets.get(eni.subnetId) ?? {}, this.#vpcs.get(eni.vpcId) ?? {}];
    return {
      facts: {
        'cloud:vpc': eni.vpcId,
        'cloud:subnet': eni.subnetId,
        ...(eni.instanceId !== null && { 'cloud:instance': eni.instanceId }),
        ...(instance !== undefined && { [INSTANCE_STATE]: instance.state }),
        ...(balancer !== undefined && { 'cloud:load-balancer': balancer.arn }),
        ...(elastic !== undefined && { 'cloud:elastic-ip': elastic.allocationId }),
      },
      tagsInOrder: [...own, ...around],
      ownTags: Object.assign({}, ...own.toReversed()) as Tags,
    };
  }
}
