import type { Filter } from '@aws-sdk/client-ec2';
import { BadInput } from '../../../core/errors.ts';

/** EC2 takes at most this many values in one filter (API reference, "Listing and filtering using the CLI and API"). */
const MAX_FILTER_VALUES = 200;

/** Items and the token for the next page; no token: that was the last one. A page may be empty and still not be the last. */
type Page<T> = readonly [items: readonly T[] | undefined, next: string | undefined];

/** Every item of every page. @throws when the service repeats a token: the pages would never end, and what was read is not the whole. */
export async function everyPage<T>(ask: (token: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const [items, next] = await ask(token);
    for (const item of items ?? []) all.push(item);
    token = next || undefined;
    if (token !== undefined && seen.has(token)) throw new Error(`the service repeated the page token ${token}`);
    if (token !== undefined) seen.add(token);
  } while (token !== undefined);
  return all;
}

/**
 * Every item that has one of `values` in the filter `name`, every page, at most 200 values a call; with null everything, without a filter;
 * with no values nothing, without a call.
 */
export async function everyMatch<T>(
  name: string,
  values: readonly string[] | null,
  ask: (input: { Filters: Filter[] | undefined; NextToken: string | undefined }) => Promise<Page<T>>,
): Promise<T[]> {
  const parts = values === null ? [null] : inParts([...new Set(values)].sort(), MAX_FILTER_VALUES);
  const read = parts.map((part) => {
    const Filters = part === null ? undefined : [{ Name: name, Values: part }];
    return everyPage((NextToken) => ask({ Filters, NextToken }));
  });
  return (await Promise.all(read)).flat();
}

export function inParts<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}

/** EC2 answers with 5 to 1,000 items a page (API reference, `MaxResults`); some calls with fewer. */
export const MAX_PAGE_SIZE = 1_000;
const MIN_PAGE_SIZE = 5;

/** @throws BadInput when EC2 would not take it */
export function checkedPageSize(pageSize: number): number {
  if (Number.isInteger(pageSize) && pageSize >= MIN_PAGE_SIZE && pageSize <= MAX_PAGE_SIZE) return pageSize;
  throw new BadInput(`A page of ${pageSize} items is not possible: EC2 takes ${MIN_PAGE_SIZE} to ${MAX_PAGE_SIZE}.`);
}
