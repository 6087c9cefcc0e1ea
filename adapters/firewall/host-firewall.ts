import { makesChanges, type Mode } from '../../core/config/settings.ts';
import type { PortCloser } from '../../core/ports/port-closer.ts';
import { ManualFirewall } from './manual-firewall.ts';
import { NftablesFirewall, type NftablesOptions } from './nftables/nftables-firewall.ts';

/** This host's firewall: changeable only in the modes `approve` and `auto` and where nft lets us, else a person's (`ManualFirewall`, which says why). */
export async function openHostFirewall(mode: Mode, options: NftablesOptions = {}): Promise<PortCloser> {
  const firewall = new NftablesFirewall(options);
  const capability = await firewall.capability();
  if (!capability.able) return new ManualFirewall(firewall, capability.reason);
  if (!makesChanges(mode)) return new ManualFirewall(firewall, `Portcullis runs in mode ${mode}`);
  return firewall;
}
