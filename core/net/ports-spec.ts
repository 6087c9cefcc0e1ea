import { BadInput } from '../errors.ts';
import { didYouMean } from '../text/nearest.ts';
import { HIGH_RISK_LISTS } from './high-risk-lists.ts';
import { PORT_SHAPES, PortSet } from './port-set.ts';
import type { Protocol } from './protocol.ts';

const listsWith = (highRisk: string): ReadonlyMap<string, PortSet> =>
  new Map([
    ['high-risk', PortSet.parse(highRisk)],
    ['all', PortSet.ALL],
  ]);

/** Port lists that have a name. */
const LISTS: Readonly<Record<Protocol, ReadonlyMap<string, PortSet>>> = {
  tcp: listsWith(HIGH_RISK_LISTS.tcp),
  udp: listsWith(HIGH_RISK_LISTS.udp),
};

/**
 * Reads what people write for ports: `22,80,8000-8100`, list names (`high-risk`, `all`), or a list of such texts and numbers.
 * The set holds ports 1-65535 only and is never empty. `high-risk` is the list of the protocol.
 * @throws BadInput naming the part and what is allowed; also for a comma too many: what stood there may have been lost.
 */
export function parsePorts(spec: string | readonly (string | number)[], protocol: Protocol = 'tcp'): PortSet {
  const texts = typeof spec === 'string' ? [spec] : spec.map(String);
  const fields = texts.flatMap((text) =>
    text
      .replaceAll(/\s*-\s*/g, '-')
      .split(',')
      .map((field) => [text, field.trim()] as const),
  );
  const gap = fields.find(([, field]) => field === '');
  if (fields.every(([, field]) => field === '')) {
    throw new BadInput(
      'The list of ports is empty: write ports such as 22,80,8000-8100 or a list name (high-risk, all).',
    );
  }
  if (gap !== undefined) {
    throw new BadInput(`"${gap[0]}" has a comma with no port beside it: write ports such as 22,80,8000-8100.`);
  }
  const parts = fields.flatMap(([, field]) => field.split(/\s+/));
  return parts.reduce((set, part) => set.union(parsePart(part, protocol)), PortSet.EMPTY);
}

function parsePart(part: string, protocol: Protocol): PortSet {
  const list = LISTS[protocol].get(part.toLowerCase());
  if (list !== undefined) return list;
  if (/^[a-z]/i.test(part)) throw unknownList(part);
  const set = PortSet.parse(part);
  if (set.has(0)) throw new BadInput('Port 0 does not exist: ports are 1 to 65535.');
  return set;
}

function unknownList(part: string): BadInput {
  const names = [...LISTS.tcp.keys()];
  return new BadInput(`"${part}" is not a list of ports: ${PORT_SHAPES}${didYouMean(part, names)}`);
}
