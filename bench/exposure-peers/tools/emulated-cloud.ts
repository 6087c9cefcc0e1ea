import { ec2CloudReader } from '../../../adapters/aws/ec2/cloud-reader.ts';
import { ec2RuleChanger } from '../../../adapters/aws/ec2/rule-changer.ts';
import { assumedClients } from '../../../adapters/aws/roles.ts';
import type { CloudNetwork, Place } from '../../../core/cloud/network.ts';
import type { CloudReader, RuleChanger } from '../../../core/ports/cloud.ts';
import { toInstant } from '../../../core/time.ts';

/** Where moto keeps everything. */
export const PLACE: Place = { account: '123456789012', region: 'us-east-1' };

export interface EmulatedCloud {
  readonly reader: CloudReader;
  readonly changer: RuleChanger;
  destroy(): void;
}

/** The adapters as they run on AWS, at moto. */
export function emulatedCloud(url: string): EmulatedCloud {
  const clock = { now: () => toInstant(Date.now()) };
  const access = [
    {
      account: PLACE.account,
      regions: [PLACE.region],
      readRole: null,
      writeRole: `arn:aws:iam::${PLACE.account}:role/portcullis-write`,
      externalId: null,
    },
  ];
  const { clientsFor, destroy } = assumedClients({
    access,
    region: PLACE.region,
    clock,
    sessionName: 'portcullis-bench',
    client: { endpoint: url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
  });
  const reader = ec2CloudReader({ access, clientsFor, clock });
  return {
    reader: {
      places: reader.places,
      readAll: async (place) => unblocked(await reader.readAll(place)),
      readAround: async (place, address) => unblocked(await reader.readAround(place, address)),
    },
    changer: ec2RuleChanger({ clientsFor }),
    destroy,
  };
}

/** moto has no call for the public access block, so every answer would be "unknown". Accounts have it off unless somebody turns it on. */
function unblocked(network: CloudNetwork): CloudNetwork {
  return { ...network, publicAccessBlock: { mode: 'off', exclusions: [] } };
}
