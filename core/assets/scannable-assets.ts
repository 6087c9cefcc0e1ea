import type { CloudNetwork } from '../cloud/network.ts';
import type { Settings } from '../config/settings.ts';
import { Exclusions } from '../net/exclusions.ts';
import { neverScanReason } from '../net/never-scan.ts';
import type { Asset } from './asset.ts';
import { cloudAssets } from './cloud-assets.ts';
import { ownerFromTags } from './owner-tags.ts';
import { OwnerDirectory } from './owners.ts';

/** The assets of a network, or of a part of it, that may be scanned. Configured owners come before what tags say. */
export function scannableAssets(settings: Pick<Settings, 'owners' | 'exclude'>): (network: CloudNetwork) => Asset[] {
  const directory = new OwnerDirectory(settings.owners);
  const exclusions = new Exclusions(settings.exclude);
  return (network) =>
    cloudAssets(network, (address, tags) => directory.ownerOf(address) ?? ownerFromTags(tags)).filter(
      ({ address }) => neverScanReason(address, { loopback: true }) === null && !exclusions.excludesAddress(address),
    );
}
