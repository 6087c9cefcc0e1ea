import type { CloudNetwork, Place } from '../../core/cloud/network.ts';
import { messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { CloudReader } from '../../core/ports/cloud.ts';
import type { Log } from '../../core/ports/log.ts';
import type { UnreadPlace } from '../../web/shapes.ts';

export interface UnreadPlaces {
  /** The same reader; how its reads of whole places end is noted. */
  readonly reader: CloudReader;
  /** Those whose newest read failed. */
  readonly list: () => UnreadPlace[];
  /** True for the error of a read that is noted. */
  isNoted(error: unknown): boolean;
}

/**
 * Notes which accounts and Regions cannot be read. The log tells it when it begins and when it ends, not at every look in between; the
 * newest reason is in the list. Calls that are refused while the rest is read are told the same way.
 */
export function unreadPlaces(reader: CloudReader, { clock, log }: { clock: Clock; log: Log }): UnreadPlaces {
  const noted = new Map<string, UnreadPlace>();
  const errors = new Map<string, unknown>();
  const refused = new Map<string, readonly string[]>();
  const keyOf = ({ account, region }: Place) => `${account} ${region}`;

  function noteError({ account, region }: Place, error: unknown): void {
    const key = keyOf({ account, region });
    const known = noted.get(key);
    const place = { account, region, since: known?.since ?? clock.now(), reason: messageOf(error) };
    noted.set(key, place);
    errors.set(key, error);
    // With the time, so that no line looks like a repetition of the one before the account was read in between.
    if (known === undefined) log.warn('an account is not read; its last known addresses stay', place);
  }

  function noteRead({ account, region, unread }: CloudNetwork): void {
    const key = keyOf({ account, region });
    errors.delete(key);
    const ended = noted.get(key);
    if (ended !== undefined) log.warn('an account is read again', { account, region, since: ended.since });
    noted.delete(key);
    const before = new Set(refused.get(key));
    for (const reason of unread) {
      if (!before.has(reason)) log.warn('a call to the cloud is refused', { account, region, reason });
    }
    refused.set(key, unread);
  }

  return {
    reader: {
      places: reader.places,
      readAround: (place, address) => reader.readAround(place, address),
      async readAll(place) {
        try {
          const network = await reader.readAll(place);
          noteRead(network);
          return network;
        } catch (error) {
          noteError(place, error);
          throw error;
        }
      },
    },
    list: () => [...noted.values()],
    isNoted: (error) => [...errors.values()].includes(error),
  };
}
