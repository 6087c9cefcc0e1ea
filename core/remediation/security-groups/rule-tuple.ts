import type { RuleShape } from './rule-step.ts';

/** Ids that begin so stand for rules EC2 has not named yet. */
export const UNNAMED = 'new:';

export const LAST_PORT = 65_535;

type Tuple = Omit<RuleShape, 'description'>;

/** EC2's names of protocols that it also takes as numbers. */
const NAMES: Readonly<Record<string, string>> = { all: '-1', '6': 'tcp', '17': 'udp', '1': 'icmp', '58': 'icmpv6' };

/** `-1`, `tcp`, `udp`, `icmp`, `icmpv6` or a number, whichever way it was written. */
export function protocolOf(text: string): string {
  const lower = text.toLowerCase();
  return NAMES[lower] ?? lower;
}

/** The ports of a tcp or udp rule; without ports it is all of them. null: the protocol has none. */
export function portsOf({ protocol, fromPort, toPort }: Tuple): { from: number; to: number } | null {
  if (!['tcp', 'udp'].includes(protocolOf(protocol))) return null;
  if (fromPort === null || toPort === null || fromPort < 0 || toPort < 0) return { from: 0, to: LAST_PORT };
  return { from: fromPort, to: toPort };
}

/** What EC2 tells the rules of one group apart by, as people read it: two rules with the same tuple cannot exist. Descriptions and tags do not count. */
export function tupleOf(rule: Tuple): string {
  return `${whatOf(rule)} from ${sourceText(rule.source)}`;
}

export function sourceText(source: RuleShape['source']): string {
  return source.kind === 'ipv4' || source.kind === 'ipv6' ? source.cidr.toLowerCase() : source.id;
}

function whatOf(rule: Tuple): string {
  const protocol = protocolOf(rule.protocol);
  const ports = portsOf(rule);
  if (ports) return `${protocol} ${ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`}`;
  if (protocol === '-1') return 'all protocols';
  if (!protocol.startsWith('icmp')) return `protocol ${protocol}`;
  const [type, code] = [rule.fromPort ?? -1, rule.toPort ?? -1];
  return type === -1 ? protocol : `${protocol} type ${type}${code === -1 ? '' : ` code ${code}`}`;
}
