import { setTimeout as wait } from 'node:timers/promises';
import type { AccountAccess } from '../../core/cloud/access.ts';
import { makesChanges, type Settings } from '../../core/config/settings.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Firewall } from '../../core/ports/firewall.ts';
import type { CloudReader } from '../../core/ports/cloud.ts';
import type { AssetStore } from '../../core/ports/stores.ts';
import { SecurityGroupsFirewall } from '../../core/remediation/security-groups/security-groups-firewall.ts';

/** The accounts of AWS that this machine watches, when `aws` is configured. */
export interface LocalAws {
  firewall: Firewall;
  reader: CloudReader;
  access: readonly AccountAccess[];
  stop(): void;
}

export interface LocalAwsParts {
  settings: Settings;
  assets: AssetStore;
  clock: Clock;
}

/** null without `aws`. @throws when AWS does not say whose the credentials are. */
export async function openLocalAws({ settings, assets, clock }: LocalAwsParts): Promise<LocalAws | null> {
  if (settings.aws === null) return null;
  // Only here: its clients of AWS cost a process that watches no account 50 MB.
  const { openWatchedCloud } = await import('../../adapters/aws/watched-cloud.ts');
  const { access, reader, changer, reasonNotToChange, destroy } = await openWatchedCloud(settings.aws, {
    clock,
    sessionName: 'portcullis',
  });
  return {
    reader,
    access,
    firewall: new SecurityGroupsFirewall({
      reader,
      changer,
      assets,
      clock,
      wait: async (ms) => wait(ms),
      reasonNotToChange: (place) =>
        makesChanges(settings.mode) ? reasonNotToChange(place) : `Portcullis runs in mode ${settings.mode}`,
    }),
    stop: destroy,
  };
}
