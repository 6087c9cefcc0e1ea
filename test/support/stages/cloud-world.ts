import type { CloudNetwork, NetworkInterface, Place, SecurityGroupRule } from '../../../core/cloud/network.ts';
import { scannableAssets } from '../../../core/assets/scannable-assets.ts';
import { outsideAddressesOf } from '../../../core/events/affected.ts';
import type { FirewallEvent } from '../../../core/events/firewall-event.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { CloudReader } from '../../../core/ports/cloud.ts';
import type { Leg } from '../../../core/ports/metrics.ts';
import type { AssetSource } from '../../../core/ports/sources.ts';
import { CloudAssetSource } from '../../../core/assets/cloud-asset-source.ts';
import { type EventEnded, makeFirewallEvents } from '../../../core/stages/firewall-event.ts';
import { makeInventory } from '../../../core/stages/inventory.ts';
import { aCloudNetwork, aGroup, anInterface, aRule } from '../../builders/cloud-network.ts';
import { StageWorld } from './world.ts';

/** A public address of the interface aCloudNetwork has, as a real one that may be scanned. */
export const PUBLIC = '52.95.110.1';
export const PLACE: Place = { account: '111122223333', region: 'eu-west-1' };
export const OUR_ROLE = 'arn:aws:iam::111122223333:role/portcullis-remediator';

export function eni(n: number, over: Partial<NetworkInterface> = {}): NetworkInterface {
  return anInterface({
    id: `eni-${n}`,
    ipv4: [{ private: `10.0.1.${n + 9}`, public: `52.95.110.${n}`, primary: true }],
    ...over,
  });
}

/** The stages of events and inventory over stores in memory and a cloud that is data. */
export class CloudWorld extends StageWorld {
  /** What there is, by place; readAt is set when it is read. */
  readonly networks: CloudNetwork[] = [aCloudNetwork({ interfaces: [eni(1)] })];
  readonly calls: string[] = [];
  readonly latencies: [Leg, number][] = [];
  readonly logged: { message: string; fields: Record<string, unknown> }[] = [];
  /** Called before each read; may throw. */
  beforeRead: (place: Place) => Promise<void> = async () => undefined;

  readonly places = [PLACE];
  readonly reader: CloudReader = {
    places: this.places,
    readAll: async (place) => {
      this.calls.push(`all ${place.account}`);
      const readAt = this.now;
      await this.beforeRead(place);
      return { ...this.networkAt(place), readAt };
    },
    readAround: async (place, address) => {
      this.calls.push(`around ${address}`);
      const readAt = this.now;
      await this.beforeRead(place);
      const whole = this.networkAt(place);
      const own = whole.interfaces.filter((one) => outsideAddressesOf(one).includes(address));
      const groupIds = new Set(own.flatMap((one) => one.groupIds));
      return {
        ...whole,
        readAt,
        interfaces: whole.interfaces.filter((one) => own.includes(one) || one.groupIds.some((id) => groupIds.has(id))),
        groups: whole.groups.filter(({ id }) => groupIds.has(id)),
      };
    },
  };

  networkAt({ account, region }: Place): CloudNetwork {
    const network = this.networks.find((one) => one.account === account && one.region === region);
    if (network === undefined) throw new Error(`no network of ${account} in ${region}`);
    return network;
  }

  /** Puts another state in the place of the first network. */
  change(over: Partial<CloudNetwork>): void {
    this.networks[0] = { ...this.networks[0]!, ...over };
  }

  /** sg-1 lets in exactly these. */
  rules(...rules: Partial<SecurityGroupRule>[]): void {
    const made = rules.map((rule, i) => aRule({ id: `sgr-${i + 1}`, ...rule }));
    this.change({ groups: [aGroup({ rules: made }), ...this.networks[0]!.groups.filter(({ id }) => id !== 'sg-1')] });
  }

  /** The ports of the stages; `over` takes the place of some. */
  cloudPorts(over: object = {}) {
    const note = (message: string, fields: Record<string, unknown> = {}) => void this.logged.push({ message, fields });
    return {
      ...this.ports,
      settings: this.settings,
      log: { info: note, warn: note },
      reader: this.reader,
      metrics: { latency: (leg: Leg, ms: number) => void this.latencies.push([leg, ms]) },
      assetsOf: scannableAssets(this.settings),
      ourRoles: new Set([OUR_ROLE]),
      sourceWith: (reader: CloudReader): AssetSource =>
        new CloudAssetSource(this.settings, {
          reader,
          assets: this.stores.assets,
          log: { info: note, warn: note },
        }),
      ...over,
    };
  }

  /** The stage as a function that has just started: it remembers nothing. */
  events(events: readonly FirewallEvent[], over: object = {}): Promise<EventEnded[]> {
    return makeFirewallEvents(this.cloudPorts(over))(events);
  }

  inventory(over: object = {}): Promise<void> {
    return makeInventory(this.cloudPorts(over))();
  }

  /** `address:ports` of what was sent since the last time, priority ones with `!`. */
  probed(): string[] {
    const lines = this.sent.flatMap(({ shard, priority }) =>
      shard.addresses.map((address) => {
        const ports = PortSet.parse(shard.ports).subtract(PortSet.parse(shard.excluded[address] ?? ''));
        return `${address}:${ports.toString()}${priority ? '!' : ''}`;
      }),
    );
    this.sent.length = 0;
    return lines.sort();
  }
}
