import * as z from 'zod';
import { parseAddress } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Protocol } from '../../../core/net/protocol.ts';
import type { FirewallState } from '../../../core/remediation/closed-ports/firewall-step.ts';
import { CHAIN, FAMILY, SETS, TABLE } from './ruleset.ts';

/** `nftables:inet portcullis`: the firewall object that plans name. */
export const TARGET = `nftables:${FAMILY} ${TABLE}`;

const Key = z.object({ concat: z.tuple([z.string(), z.union([z.string(), z.number()]), z.number()]) });
const Element = z.union([Key, z.object({ elem: z.object({ val: Key }) }).transform(({ elem }) => elem.val)]);

const Listing = z.object({
  nftables: z.array(
    z.object({
      table: z.object({ family: z.string(), name: z.string() }).optional(),
      set: z.object({ name: z.string(), elem: z.array(Element).default([]) }).optional(),
      chain: z.object({ name: z.string(), hook: z.string().optional() }).optional(),
      rule: z.object({ chain: z.string(), expr: z.unknown() }).optional(),
    }),
  ),
});

/** By name and, from `nft -n`, by number. */
const NAMES: ReadonlyMap<string | number, Protocol> = new Map<string | number, Protocol>([
  ['tcp', 'tcp'],
  ['6', 'tcp'],
  [6, 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
  [17, 'udp'],
]);

/** Is our table in `nft -j list tables`? */
export function hasTable(tablesJson: string): boolean {
  return Listing.parse(JSON.parse(tablesJson)).nftables.some(
    ({ table }) => table?.family === FAMILY && table.name === TABLE,
  );
}

/**
 * Reads `nft -j list table inet portcullis`: what the table closes, by address and protocol.
 * @throws when the listing is not understood, or when the sets name ports but the rules that make them closed are gone.
 */
export function parseTable(tableJson: string): FirewallState[] {
  const { nftables } = Listing.parse(JSON.parse(tableJson));
  const hooked = nftables.some(({ chain }) => chain?.name === CHAIN && chain.hook === 'input');
  const rules = nftables.flatMap(({ rule }) => (rule?.chain === CHAIN ? [rule.expr] : []));
  const found: { address: string; protocol: Protocol; port: number }[] = [];
  for (const { name } of SETS) {
    const elements = nftables.flatMap(({ set }) => (set?.name === name ? set.elem : []));
    const closed = elements.flatMap(({ concat: [address, number, port] }) => {
      const protocol = NAMES.get(number);
      return protocol === undefined ? [] : [{ address: parseAddress(address), protocol, port }];
    });
    for (const [protocol, some] of Map.groupBy(closed, (one) => one.protocol)) {
      if (!hooked || !rules.some((rule) => closes(rule, name, protocol))) throw new Error(damaged(name, some.length));
    }
    found.push(...closed);
  }
  const places = Map.groupBy(found, ({ address, protocol }) => `${protocol} ${address}`);
  return [...places.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { address, protocol } = first;
    return { target: TARGET, address, protocol, closed: PortSet.from(some.map(({ port }) => port)).toString() };
  });
}

/** Is it the rule that refuses what the set names of the protocol? nft lists the port as one of that protocol, or the protocol by itself. */
function closes(rule: unknown, set: string, protocol: Protocol): boolean {
  const text = JSON.stringify(rule);
  const names = [...NAMES].filter(([, name]) => name === protocol).map(([written]) => JSON.stringify(written));
  const isAbout = text.includes(`"protocol":"${protocol}"`) || names.some((name) => text.includes(`"right":${name}`));
  return isAbout && text.includes(`"@${set}"`) && text.includes('"reject"');
}

function damaged(set: string, elements: number): string {
  return (
    `table ${FAMILY} ${TABLE} lists ${elements} ports in ${set}, but its rule that closes them is gone: somebody changed the table. ` +
    `Run "nft delete table ${FAMILY} ${TABLE}" as root and start Portcullis again: it puts back every approved closure.`
  );
}
