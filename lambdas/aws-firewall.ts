import { setTimeout as wait } from 'node:timers/promises';
import { openWatchedCloud, type WatchedCloud } from '../adapters/aws/watched-cloud.ts';
import { NoFirewall } from '../adapters/firewall/no-firewall.ts';
import type { Settings } from '../core/config/settings.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Firewall } from '../core/ports/firewall.ts';
import type { AssetStore } from '../core/ports/stores.ts';
import { SecurityGroupsFirewall } from '../core/remediation/security-groups/security-groups-firewall.ts';

export interface AwsFirewallParts {
  settings: Settings;
  assets: Pick<AssetStore, 'get'>;
  clock: Clock;
}

/** The watched accounts, or null where none is configured. `name`: the function, for CloudTrail. @throws when STS does not answer. */
export async function watchedCloud({ settings, clock }: AwsFirewallParts, name: string): Promise<WatchedCloud | null> {
  return settings.aws === null ? null : openWatchedCloud(settings.aws, { clock, sessionName: `portcullis-${name}` });
}

/** Security groups as a function may use them. Only the remediator changes them: `mayChange` is false everywhere else. */
export function awsFirewall(
  { assets, clock }: AwsFirewallParts,
  cloud: WatchedCloud | null,
  { mayChange }: { mayChange: boolean },
): Firewall {
  if (cloud === null)
    return new NoFirewall('no account is configured: name the Regions under "aws" in portcullis.yaml');
  return new SecurityGroupsFirewall({
    reader: cloud.reader,
    changer: mayChange ? cloud.changer : null,
    assets,
    clock,
    wait: async (ms) => wait(ms),
    reasonNotToChange: cloud.reasonNotToChange,
  });
}
