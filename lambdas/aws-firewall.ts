import { setTimeout as wait } from 'node:timers/promises';
import type { WatchedCloud } from '../adapters/aws/watched-cloud.ts';
import { NoFirewall } from '../adapters/firewall/no-firewall.ts';
import type { Settings } from '../core/config/settings.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Firewall } from '../core/ports/firewall.ts';
import type { AssetStore } from '../core/ports/stores.ts';

export interface AwsFirewallParts {
  settings: Settings;
  assets: Pick<AssetStore, 'get'>;
  clock: Clock;
}

/*
 * What reads and changes networks is imported when there are accounts to watch: it is half of the code of a function, and a file of its own
 * in the bundle.
 */

/** The watched accounts, or null where none is configured. `name`: the function, for CloudTrail. @throws when STS does not answer. */
export async function watchedCloud({ settings, clock }: AwsFirewallParts, name: string): Promise<WatchedCloud | null> {
  if (settings.aws === null) return null;
  const { openWatchedCloud } = await import('../adapters/aws/watched-cloud.ts');
  return openWatchedCloud(settings.aws, { clock, sessionName: `portcullis-${name}` });
}

/** Security groups as a function may use them. Only the remediator changes them: `mayChange` is false everywhere else. */
export async function awsFirewall(
  { assets, clock }: AwsFirewallParts,
  cloud: WatchedCloud | null,
  { mayChange }: { mayChange: boolean },
): Promise<Firewall> {
  if (cloud === null)
    return new NoFirewall('no account is configured: name the Regions under "aws" in portcullis.yaml');
  const { SecurityGroupsFirewall } = await import('../core/remediation/security-groups/security-groups-firewall.ts');
  return new SecurityGroupsFirewall({
    reader: cloud.reader,
    changer: mayChange ? cloud.changer : null,
    assets,
    clock,
    wait: async (ms) => wait(ms),
    reasonNotToChange: cloud.reasonNotToChange,
  });
}
