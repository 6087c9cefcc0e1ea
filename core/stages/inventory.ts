import type { CloudNetwork, Place } from '../cloud/network.ts';
import { messageOf } from '../errors.ts';
import { outsideAddressesOf } from '../events/affected.ts';
import type { Address } from '../net/address.ts';
import type { CloudReader } from '../ports/cloud.ts';
import type { Log } from '../ports/log.ts';
import type { SeenEvents } from '../ports/seen-events.ts';
import type { AssetSource } from '../ports/sources.ts';
import { INVENTORY } from '../assets/cloud-assets.ts';
import { compareAdmitted, type CompareAdmittedPorts } from './compare-admitted.ts';
import { endFindingsOf } from './end-findings.ts';
import { refreshAssets } from './refresh-assets.ts';
import { listWhenMost } from './list-when-most.ts';

export interface InventoryPorts extends CompareAdmittedPorts {
  log: Log;
  reader: CloudReader;
  seenEvents: SeenEvents;
  /** Everything that is watched, the cloud's part of it through this reader. */
  sourceWith: (reader: CloudReader) => AssetSource;
}

/**
 * Reads every watched account and Region, brings the assets up to date, and compares what rules let in with what is known of it: what no event
 * told of is probed late rather than never. A place that cannot be read stops no other, and nothing of it is forgotten.
 * @throws AggregateError in the end, naming every place that failed, so that somebody is told
 */
export function makeInventory(ports: InventoryPorts): () => Promise<void> {
  return async function inventory() {
    const reader = readOnce(ports.reader);
    const problems: Error[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        problems.push(new Error(what, { cause: error }));
      }
    };
    const before = await ports.admitted.list();
    await attempt('assets', () =>
      refreshAssets({
        source: ports.sourceWith(reader),
        assets: ports.assets,
        // What a person configured is theirs to watch or not: that says nothing of who has the address.
        onLeft: (left) =>
          endFindingsOf(
            ports,
            left.filter(({ source }) => source === INVENTORY),
          ),
      }),
    );
    const admitted = listWhenMost(ports.admitted, before.length);
    for (const place of reader.places) {
      const stored = before.filter(({ account, region }) => account === place.account && region === place.region);
      await attempt(`account ${place.account} in ${place.region}`, async () =>
        comparePlace(
          { ...ports, admitted },
          await reader.readAll(place),
          new Set(stored.map(({ address }) => address)),
        ),
      );
    }
    await attempt('events', () => ports.seenEvents.removeExpired(ports.clock.now()));
    if (problems.length > 0) throw new AggregateError(problems, problems.map(messageOf).join('; '));
  };
}

/** `stored`: addresses that were known here before the read. */
async function comparePlace(ports: InventoryPorts, network: CloudNetwork, stored: ReadonlySet<Address>): Promise<void> {
  const { account, region, readAt } = network;
  const addresses = new Set([...network.interfaces.flatMap(outsideAddressesOf), ...stored]);
  const baseline = stored.size === 0;
  const { gained } = await compareAdmitted(ports, network, addresses, stored, {
    name: `inventory ${account} ${region} ${readAt}`,
    receivedAt: readAt,
    eventAt: () => null,
    baseline,
    ours: false,
  });
  const fields = { account, region, addresses: addresses.size };
  if (baseline) ports.log.info('what rules let in is recorded for the first time', fields);
  else if (gained.size > 0) {
    ports.log.warn('rules let in more than before and no event told of it', { ...fields, gained: gained.size });
  }
}

/** Each place is read once, whoever asks; what failed has failed for all. */
function readOnce(reader: CloudReader): CloudReader {
  const reads = new Map<string, Promise<CloudNetwork>>();
  return {
    places: reader.places,
    readAround: (place, address) => reader.readAround(place, address),
    readAll(place: Place) {
      const key = `${place.account} ${place.region}`;
      const read = reads.get(key) ?? reader.readAll(place);
      reads.set(key, read);
      return read;
    },
  };
}
