import type { AccountAccess } from '../../core/cloud/access.ts';
import type { Place } from '../../core/cloud/network.ts';
import type { AwsSettings } from '../../core/config/aws-schema.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { CloudReader, RuleChanger } from '../../core/ports/cloud.ts';
import { ec2CloudReader } from './ec2/cloud-reader.ts';
import { ec2RuleChanger } from './ec2/rule-changer.ts';
import { assumedClients, ownAccount } from './roles.ts';

/** The watched accounts and Regions, read and changed through their roles. */
export interface WatchedCloud {
  readonly access: readonly AccountAccess[];
  readonly reader: CloudReader;
  readonly changer: RuleChanger;
  /** Why rules of a place are not changed from here, or null. */
  readonly reasonNotToChange: (place: Place) => string | null;
  readonly destroy: () => void;
}

export interface WatchedCloudOptions {
  clock: Clock;
  /** Who acts, for CloudTrail of the other accounts: 2 to 64 of `A-Za-z0-9_=,.@-`. */
  sessionName: string;
}

/**
 * Asks STS whose credentials these are: that account is read, and changed, with them, unless it is listed with roles of its own.
 * @throws when STS does not answer, or knows no credentials.
 */
export async function openWatchedCloud(settings: AwsSettings, options: WatchedCloudOptions): Promise<WatchedCloud> {
  const [region = ''] = settings.regions;
  const own = await ownAccount({ region });
  const access = withOwnAccount(settings, own);
  const clients = assumedClients({ access, region, ...options });
  const { clientsFor } = clients;
  return {
    access,
    reader: ec2CloudReader({ access, clientsFor, clock: options.clock }),
    changer: ec2RuleChanger({ clientsFor }),
    reasonNotToChange({ account }) {
      const found = access.find((it) => it.account === account);
      if (found === undefined) return `Account ${account} is not watched.`;
      if (found.readRole !== null && found.writeRole === null) return `Account ${account} has no writeRole.`;
      return null;
    },
    destroy: () => clients.destroy(),
  };
}

function withOwnAccount({ regions, accounts }: AwsSettings, own: string): AccountAccess[] {
  if (accounts.some(({ account }) => account === own)) return [...accounts];
  return [{ account: own, regions, readRole: null, writeRole: null, externalId: null }, ...accounts];
}
