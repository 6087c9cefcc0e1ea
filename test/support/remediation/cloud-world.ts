import { SecurityGroupsFirewall } from '../../../core/remediation/security-groups/security-groups-firewall.ts';
import { anAsset } from '../../builders/asset.ts';
import type { FakeCloud } from './fake-cloud.ts';
import { World } from './world.ts';

export const PLACE = { account: '111122223333', region: 'eu-west-1' };

/** The world with its address in an account of AWS, behind the security groups of `cloud`; `world` is made ready for it when it is given. */
export async function cloudWorld(cloud: FakeCloud, world?: World): Promise<World> {
  const made = world ?? (await World.with());
  await made.stores.assets.putAll([anAsset({ ...PLACE, source: 'inventory' })]);
  made.ports.firewall = new SecurityGroupsFirewall({
    reader: cloud,
    changer: cloud,
    assets: made.stores.assets,
    clock: made.ports.clock,
    wait: async (ms) => made.later(ms),
    reasonNotToChange: () => null,
  });
  return made;
}
