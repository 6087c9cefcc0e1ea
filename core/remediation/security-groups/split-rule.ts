import type { SecurityGroupRule } from '../../cloud/network.ts';
import type { ClosureTarget } from './closure-plan.ts';
import { shapeOf } from './describe-rules.ts';
import type { RuleShape } from './rule-step.ts';
import { LAST_PORT, portsOf, protocolOf } from './rule-tuple.ts';
import type { Reach } from './sources.ts';

/**
 * Protocols besides tcp, udp and ICMP that public sources keep when a rule of protocol -1 is split: GRE, ESP, AH, SCTP.
 * EC2 has no "all but"; the other numbers would take some 250 rules more.
 */
export const KEPT_NUMBERS = ['47', '50', '51', '132'] as const;

/** A rule that lets the target in from public sources, and what has to remain of it. */
export interface Split {
  readonly rule: SecurityGroupRule;
  /** Together they admit what the rule admits, without the target from public sources. */
  readonly remainder: readonly RuleShape[];
}

/** Does the rule let the port in, from wherever? */
export function covers(
  rule: Pick<SecurityGroupRule, 'protocol' | 'fromPort' | 'toPort' | 'source'>,
  target: ClosureTarget,
): boolean {
  const protocol = protocolOf(rule.protocol);
  if (protocol === '-1') return true;
  const ports = portsOf(rule);
  return protocol === target.protocol && ports !== null && ports.from <= target.port && target.port <= ports.to;
}

/** What remains of a rule that covers the target and reaches the public. */
export function split(
  rule: SecurityGroupRule,
  reach: Extract<Reach, { kind: 'public' }>,
  target: ClosureTarget,
): Split {
  const whole = shapeOf(rule);
  const inside = reach.remainder.map((source) => ({ ...whole, source }));
  if (protocolOf(rule.protocol) === '-1') {
    return { rule, remainder: [...everythingElse(whole, reach.family, target), ...inside] };
  }
  const ports = portsOf(rule) ?? { from: 0, to: LAST_PORT };
  const atPort = inside.map((shape) => ({ ...shape, fromPort: target.port, toPort: target.port }));
  return { rule, remainder: [...around(whole, ports, target.port), ...atPort] };
}

/** Of all protocols and ports: all that a rule can say, but the target. */
function everythingElse(whole: RuleShape, family: 'v4' | 'v6', { protocol, port }: ClosureTarget): RuleShape[] {
  const all = { from: 0, to: LAST_PORT };
  const other = protocol === 'tcp' ? 'udp' : 'tcp';
  return [
    ...around({ ...whole, protocol }, all, port),
    { ...whole, protocol: other, fromPort: all.from, toPort: all.to },
    { ...whole, protocol: family === 'v6' ? 'icmpv6' : 'icmp', fromPort: -1, toPort: -1 },
    ...KEPT_NUMBERS.map((number) => ({ ...whole, protocol: number, fromPort: null, toPort: null })),
  ];
}

/** The ports below and above, where there are any: port 0 has none below, 65535 none above. */
function around(shape: RuleShape, { from, to }: { from: number; to: number }, port: number): RuleShape[] {
  const parts: RuleShape[] = [];
  if (from < port) parts.push({ ...shape, fromPort: from, toPort: port - 1 });
  if (port < to) parts.push({ ...shape, fromPort: port + 1, toPort: to });
  return parts;
}
