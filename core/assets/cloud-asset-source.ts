import type { CloudNetwork, Place } from '../cloud/network.ts';
import { readPlaces } from '../cloud/read-places.ts';
import type { Settings } from '../config/settings.ts';
import { messageOf } from '../errors.ts';
import { Exclusions } from '../net/exclusions.ts';
import { neverScanReason } from '../net/never-scan.ts';
import type { CloudReader } from '../ports/cloud.ts';
import type { Log } from '../ports/log.ts';
import type { AssetSource } from '../ports/sources.ts';
import type { AssetStore } from '../ports/stores.ts';
import type { Asset } from './asset.ts';
import { cloudAssets, INVENTORY, type OwnerOf } from './cloud-assets.ts';
import { ownerFromTags } from './owner-tags.ts';
import { OwnerDirectory } from './owners.ts';

export interface CloudAssetSourcePorts {
  reader: CloudReader;
  /** Where the assets of earlier reads are. */
  assets: Pick<AssetStore, 'list'>;
  log: Log;
}

/**
 * The public addresses of every watched account and Region, read now. An address that is listed no longer was released: it may be a
 * stranger's already, is not in the list, and is not scanned again. Where a place cannot be read nothing is known to be released: its
 * addresses of the last read stay, and the operator is told.
 */
export class CloudAssetSource implements AssetSource {
  readonly #ports: CloudAssetSourcePorts;
  readonly #exclusions: Exclusions;
  readonly #ownerOf: OwnerOf;

  /** Configured owners come before what tags say. */
  constructor(settings: Pick<Settings, 'owners' | 'exclude'>, ports: CloudAssetSourcePorts) {
    const directory = new OwnerDirectory(settings.owners);
    this.#ports = ports;
    this.#exclusions = new Exclusions(settings.exclude);
    this.#ownerOf = (address, tags) => directory.ownerOf(address) ?? ownerFromTags(tags);
  }

  async list(): Promise<Asset[]> {
    const { reader, assets, log } = this.#ports;
    const unreadable = new Set<string>();
    const networks = await readPlaces(reader, (place, error) => {
      unreadable.add(keyOf(place));
      const { account, region } = place;
      log.warn('an account is not read; its last known addresses stay', { account, region, reason: messageOf(error) });
    });
    for (const network of networks) this.#tellUnread(network);
    const known = (await assets.list()).filter(({ source }) => source === INVENTORY);
    const listed = new Map<string, Asset>();
    for (const network of networks) {
      for (const asset of cloudAssets(network, this.#ownerOf)) {
        if (this.#isScannable(asset) && !listed.has(asset.address)) listed.set(asset.address, asset);
      }
    }
    for (const asset of known) {
      if (listed.has(asset.address)) continue;
      if (unreadable.has(keyOf(asset)) && this.#isScannable(asset)) listed.set(asset.address, asset);
      else this.#tellReleased(asset);
    }
    return [...listed.values()];
  }

  #isScannable({ address }: Asset): boolean {
    return neverScanReason(address, { loopback: true }) === null && !this.#exclusions.excludesAddress(address);
  }

  #tellUnread({ account, region, unread }: CloudNetwork): void {
    for (const reason of unread) this.#ports.log.warn('a call to the cloud is refused', { account, region, reason });
  }

  #tellReleased({ address, account, region, networkInterface }: Asset): void {
    this.#ports.log.info('an address is no longer ours', { address, account, region, networkInterface });
  }
}

function keyOf({ account, region }: Place): string {
  return `${account} ${region}`;
}
