import type { SecurityGroupRule } from '../../cloud/network.ts';

type Rule = Pick<SecurityGroupRule, 'protocol' | 'fromPort' | 'toPort'>;

/** Traffic that every rule of some set lets in as a whole or not at all. Together the cells of a set of rules are all traffic there is. */
export type Cell =
  | { readonly kind: 'ports'; readonly protocol: 'tcp' | 'udp'; readonly from: number; readonly to: number }
  /** `type` and `code` null: every one that no rule names. */
  | {
      readonly kind: 'icmp';
      readonly protocol: 'icmp' | 'icmpv6';
      readonly type: number | null;
      readonly code: number | null;
    }
  /** `number` null: every protocol that no rule names and that is none of the above. */
  | { readonly kind: 'protocol'; readonly number: string | null };

const PORTS_END = 65_536;

/** The cells of the rules; `port` is one by itself, and so is each of `numbers`. */
export function cellsOf(rules: readonly Rule[], port: number, numbers: readonly string[]): Cell[] {
  return [
    ...portCells('tcp', rules, port),
    ...portCells('udp', rules, port),
    ...icmpCells(rules),
    ...otherCells(rules, numbers),
  ];
}

/** Does the rule let the cell's traffic in? The cell must be one of the rule's own cells. */
export function admits(rule: Rule, cell: Cell): boolean {
  const number = numberOf(rule.protocol);
  if (number === -1) return true;
  switch (cell.kind) {
    case 'ports': {
      if (number !== (cell.protocol === 'tcp' ? 6 : 17)) return false;
      const [first, end] = span(rule);
      return first <= cell.from && cell.to < end;
    }
    case 'icmp': {
      if (number !== (cell.protocol === 'icmp' ? 1 : 58)) return false;
      const fits = (named: number | null, asked: number | null) => (named ?? -1) === -1 || named === asked;
      return fits(rule.fromPort, cell.type) && fits(rule.toPort, cell.code);
    }
    case 'protocol':
      return cell.number !== null && number === Number(cell.number);
    default:
      throw new TypeError(`unknown cell ${JSON.stringify(cell satisfies never)}`);
  }
}

/** `tcp 23-30`, `icmp`, `protocol 47`. */
export function cellText(cell: Cell): string {
  if (cell.kind === 'ports') return `${cell.protocol} ${cell.from === cell.to ? cell.from : `${cell.from}-${cell.to}`}`;
  if (cell.kind === 'protocol') return cell.number === null ? 'every other protocol' : `protocol ${cell.number}`;
  return `${cell.protocol} type ${cell.type ?? 'other'} code ${cell.code ?? 'other'}`;
}

function portCells(protocol: 'tcp' | 'udp', rules: readonly Rule[], port: number): Cell[] {
  const own = rules.filter((rule) => numberOf(rule.protocol) === (protocol === 'tcp' ? 6 : 17)).map(span);
  const cuts = [...new Set([0, port, port + 1, PORTS_END, ...own.flat()])].sort((a, b) => a - b);
  return cuts.slice(1).map((end, index) => ({ kind: 'ports', protocol, from: cuts[index] ?? 0, to: end - 1 }));
}

function icmpCells(rules: readonly Rule[]): Cell[] {
  return (['icmp', 'icmpv6'] as const).flatMap((protocol) => {
    const own = rules.filter((rule) => numberOf(rule.protocol) === (protocol === 'icmp' ? 1 : 58));
    const types = [null, ...new Set(own.flatMap(({ fromPort }) => ((fromPort ?? -1) === -1 ? [] : [fromPort])))];
    const codes = [null, ...new Set(own.flatMap(({ toPort }) => ((toPort ?? -1) === -1 ? [] : [toPort])))];
    return types.flatMap((type) => codes.map((code): Cell => ({ kind: 'icmp', protocol, type, code })));
  });
}

function otherCells(rules: readonly Rule[], numbers: readonly string[]): Cell[] {
  const named = rules
    .map(({ protocol }) => numberOf(protocol))
    .filter((number) => ![-1, 6, 17, 1, 58].includes(number));
  const all = new Set([...numbers.map(Number), ...named]);
  return [null, ...all].map((number) => ({ kind: 'protocol', number: number === null ? null : String(number) }));
}

/** First port and the one after the last. */
function span({ fromPort, toPort }: Rule): [first: number, end: number] {
  const whole = (fromPort ?? -1) < 0 || (toPort ?? -1) < 0;
  return whole ? [0, PORTS_END] : [Number(fromPort), Number(toPort) + 1];
}

/** IANA's number of a protocol; -1 is all of them. */
function numberOf(protocol: string): number {
  const names: Readonly<Record<string, number>> = { all: -1, icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };
  return names[protocol.toLowerCase()] ?? Number(protocol);
}
