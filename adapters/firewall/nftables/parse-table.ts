import * as z from 'zod';
import { parseAddress } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
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

/** TCP by name and, from `nft -n`, by number. */
const TCP = new Set<string | number>(['tcp', '6', 6]);

/** Is our table in `nft -j list tables`? */
export function hasTable(tablesJson: string): boolean {
  return Listing.parse(JSON.parse(tablesJson)).nftables.some(
    ({ table }) => table?.family === FAMILY && table.name === TABLE,
  );
}

/**
 * Reads `nft -j list table inet portcullis`: what the table closes, by address.
 * @throws when the listing is not understood, or when the sets name ports but the rules that make them closed are gone.
 */
export function parseTable(tableJson: string): FirewallState[] {
  const { nftables } = Listing.parse(JSON.parse(tableJson));
  const hooked = nftables.some(({ chain }) => chain?.name === CHAIN && chain.hook === 'input');
  const rules = nftables.flatMap(({ rule }) => (rule?.chain === CHAIN ? [JSON.stringify(rule.expr)] : []));
  const ports = new Map<string, number[]>();
  for (const { name } of SETS) {
    const elements = nftables.flatMap(({ set }) => (set?.name === name ? set.elem : []));
    const closed = elements.filter(({ concat }) => TCP.has(concat[1]));
    const enforced = hooked && rules.some((expr) => expr.includes(`"@${name}"`) && expr.includes('"reject"'));
    if (closed.length > 0 && !enforced) throw new Error(damaged(name, closed.length));
    for (const { concat } of closed) {
      const address = parseAddress(concat[0]);
      const list = ports.get(address);
      if (list) list.push(concat[2]);
      else ports.set(address, [concat[2]]);
    }
  }
  return [...ports].map(([address, list]) => ({
    target: TARGET,
    address,
    protocol: 'tcp',
    closed: PortSet.from(list).toString(),
  }));
}

function damaged(set: string, elements: number): string {
  return (
    `table ${FAMILY} ${TABLE} lists ${elements} ports in ${set}, but its rule that closes them is gone: somebody changed the table. ` +
    `Run "nft delete table ${FAMILY} ${TABLE}" as root and start Portcullis again: it puts back every approved closure.`
  );
}
