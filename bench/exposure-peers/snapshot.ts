import type { CloudNetwork } from '../../core/cloud/network.ts';
import { toNetwork } from './corpus/to-network.ts';
import { openingOf } from './judge/cells.ts';
import type { Rules } from './judge/closure.ts';
import type { Placed } from './moto/materialise.ts';

/** Groups and lists of one case as they are read. */
export function rulesOf(network: CloudNetwork, { vpcId }: Placed): Rules {
  return { groups: network.groups.filter((group) => group.vpcId === vpcId), lists: network.prefixLists };
}

/** @throws when the account does not hold the rules that the case says: then nothing that a tool says about it would count. */
export function assertAsWritten(placed: Placed, read: Rules): void {
  const wanted = toNetwork(placed.case.world);
  const [is, was] = [
    textOf(read, (id) => placed.groups.get(id) ?? id, placed.lists),
    textOf({ groups: wanted.groups, lists: wanted.prefixLists }, (id) => id.slice('sg-'.length), null),
  ];
  if (is !== was)
    throw new Error(`${placed.case.name} was not built as it is written.\nwritten: ${was}\nbuilt:   ${is}`);
}

/** Of groups except the VPC's own, which moto makes without its reference to itself. */
function textOf({ groups, lists }: Rules, nameOf: (id: string) => string, listNames: Placed['lists'] | null): string {
  const lines = groups.flatMap((group) =>
    group.rules
      .filter(({ egress }) => !egress && nameOf(group.id) !== 'default')
      .map((rule) => {
        const { protocol, ports, text } = openingOf(rule, lists);
        const isList = rule.source.kind === 'prefix-list';
        const source =
          rule.source.kind === 'group' ? nameOf(text) : isList ? (listNames?.get(text) ?? text.slice(3)) : text;
        return `${nameOf(group.id)} ${protocol} ${ports?.join('-') ?? 'all'} ${source}`;
      }),
  );
  return lines.sort().join('; ');
}
