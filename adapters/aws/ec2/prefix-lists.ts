import { DescribeManagedPrefixListsCommand, GetManagedPrefixListEntriesCommand } from '@aws-sdk/client-ec2';
import type { PrefixList, RouteTable, SecurityGroup } from '../../../core/cloud/network.ts';
import { everyMatch, everyPage } from './pages.ts';
import type { Reading } from './reading.ts';
import { required } from './rule-translation.ts';

/** Both calls take at most this many (API reference). */
const MAX_ITEMS = 100;

/** Ids of the prefix lists that rules and routes refer to. */
export function referencedPrefixLists(groups: readonly SecurityGroup[], routeTables: readonly RouteTable[]): string[] {
  const ids = new Set<string>();
  for (const { rules } of groups) for (const { source } of rules) if (source.kind === 'prefix-list') ids.add(source.id);
  for (const { routes } of routeTables) {
    for (const { destination } of routes) if (destination.startsWith('pl-')) ids.add(destination);
  }
  return [...ids].sort();
}

/** The lists with their entries. One that is gone, or whose entries may not be read, is absent: unknown, not empty. */
export async function readPrefixLists(reading: Reading, ids: readonly string[]): Promise<PrefixList[]> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_ITEMS);
  const lists = await reading.may({ action: 'ec2:DescribeManagedPrefixLists', resource: 'prefix lists' }, () =>
    everyMatch('prefix-list-id', ids, async (input) => {
      const page = await ec2.send(new DescribeManagedPrefixListsCommand({ ...input, MaxResults }));
      return [page.PrefixLists, page.NextToken];
    }),
  );
  const read = lists.map(async (list): Promise<PrefixList[]> => {
    const id = required(list.PrefixListId, 'the id of a prefix list');
    const entries = await readEntries(reading, id);
    if (entries === null) return [];
    return [
      {
        id,
        name: list.PrefixListName ?? '',
        family: required(list.AddressFamily, `the address family of ${id}`) === 'IPv6' ? 'v6' : 'v4',
        ownerId: required(list.OwnerId, `the owner of ${id}`),
        maxEntries: list.MaxEntries ?? null,
        entries,
      },
    ];
  });
  return (await Promise.all(read)).flat();
}

function readEntries(reading: Reading, PrefixListId: string): Promise<PrefixList['entries'] | null> {
  const { ec2 } = reading.clients;
  const MaxResults = reading.pageSize(MAX_ITEMS);
  const call = { action: 'ec2:GetManagedPrefixListEntries', resource: `prefix list ${PrefixListId}` };
  return reading.orElse<PrefixList['entries'] | null>(call, null, async () => {
    const entries = await everyPage(async (NextToken) => {
      const page = await ec2.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, MaxResults, NextToken }));
      return [page.Entries, page.NextToken];
    });
    return entries
      .map(({ Cidr, Description }) => ({
        cidr: required(Cidr, `a network of ${PrefixListId}`),
        description: Description || null,
      }))
      .sort((a, b) => (a.cidr < b.cidr ? -1 : 1));
  });
}
