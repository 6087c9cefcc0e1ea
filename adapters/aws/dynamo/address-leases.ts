import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Address } from '../../../core/net/address.ts';
import { leaseGroupOf } from '../../../core/planning/lease-group.ts';
import type { AddressLeases } from '../../../core/ports/address-leases.ts';
import { days, epochMs, hours, type Instant } from '../../../core/time.ts';
import { leaseKey } from './keys.ts';
import { type Condition, Table } from './table.ts';

/** Addresses of one write: its expressions stay below the 4 KiB that DynamoDB takes. */
const AT_ONCE = 24;
/** A lease that ended so long ago belongs to a scanner that was killed, and to an address that nobody sweeps any more. */
const FORGOTTEN_MS = hours(1);
const ITEM_KEPT_MS = days(1);

/** Owner, and the last millisecond since the epoch: short names, since DynamoDB bills each KiB of the item. */
const Lease = z.object({ o: z.string(), u: z.number() });

/**
 * Leases of a group of addresses are one item with one attribute an address, so that what a shard takes is one conditional write, mostly.
 * The condition names the addresses of the shard only: shards of other addresses do not get into each other's way.
 */
export class DynamoAddressLeases implements AddressLeases {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async take(addresses: readonly Address[], owner: string, now: Instant, until: Instant): Promise<boolean> {
    const taken: Address[] = [];
    for (const { group, some } of byGroup(addresses)) {
      if (!(await this.#takeSome(group, some, owner, now, until))) {
        await this.release(taken, owner);
        return false;
      }
      taken.push(...some);
    }
    return true;
  }

  async release(addresses: readonly Address[], owner: string): Promise<void> {
    for (const { group, some } of byGroup(addresses)) {
      if (await this.#remove(group, some, owner)) continue;
      // One of them ran out and is somebody else's by now.
      for (const one of some) await this.#remove(group, [one], owner);
    }
  }

  async #takeSome(
    group: number,
    addresses: readonly Address[],
    owner: string,
    now: Instant,
    until: Instant,
  ): Promise<boolean> {
    const condition: Condition = {
      expression: addresses
        .map((_, i) => `(attribute_not_exists(#a${i}) OR #a${i}.#u <= :now OR #a${i}.#o = :owner)`)
        .join(' AND '),
      names: { ...namesOf(addresses), '#o': 'o', '#u': 'u', '#ttl': 'ttl' },
      values: {
        ':now': epochMs(now),
        ':owner': owner,
        ':lease': { o: owner, u: epochMs(until) },
        ':ttl': Math.ceil((epochMs(until) + ITEM_KEPT_MS) / 1_000),
      },
    };
    const set = `SET #ttl = :ttl, ${addresses.map((_, i) => `#a${i} = :lease`).join(', ')}`;
    const item = await this.#table.update(leaseKey(group), set, condition, 'ALL_NEW');
    if (item !== undefined) await this.#forget(group, item, now);
    return item !== undefined;
  }

  /** False, and nothing is removed, when one of them is not the owner's. */
  async #remove(group: number, addresses: readonly Address[], owner: string): Promise<boolean> {
    const condition: Condition = {
      expression: addresses.map((_, i) => `#a${i}.#o = :owner`).join(' AND '),
      names: { ...namesOf(addresses), '#o': 'o' },
      values: { ':owner': owner },
    };
    const remove = `REMOVE ${addresses.map((_, i) => `#a${i}`).join(', ')}`;
    return (await this.#table.update(leaseKey(group), remove, condition, 'NONE')) !== undefined;
  }

  /** Removes what killed scanners left, unless somebody takes it at this moment. */
  async #forget(group: number, item: Record<string, unknown>, now: Instant): Promise<void> {
    for (const [address, value] of Object.entries(item)) {
      const lease = Lease.safeParse(value);
      if (!lease.success || lease.data.u > epochMs(now) - FORGOTTEN_MS) continue;
      await this.#table.update(
        leaseKey(group),
        'REMOVE #a',
        { expression: '#a.#u = :u', names: { '#a': address, '#u': 'u' }, values: { ':u': lease.data.u } },
        'NONE',
      );
    }
  }
}

function namesOf(addresses: readonly Address[]): Record<string, string> {
  return Object.fromEntries(addresses.map((address, i) => [`#a${i}`, address]));
}

/** In an order that is the same for everybody, so that two that want the same addresses do not take half of them each. */
function byGroup(addresses: readonly Address[]): { group: number; some: Address[] }[] {
  const groups = new Map<number, Address[]>();
  for (const address of [...new Set(addresses)].toSorted()) {
    const group = leaseGroupOf(address);
    groups.set(group, [...(groups.get(group) ?? []), address]);
  }
  return [...groups]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([group, all]) =>
      Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, i) => ({
        group,
        some: all.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
      })),
    );
}
