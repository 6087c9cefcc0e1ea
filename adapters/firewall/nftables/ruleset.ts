import type { FirewallStep } from '../../../core/remediation/closed-ports/firewall-step.ts';
import { isIPv6 } from '../../../core/net/address.ts';
import type { Protocol } from '../../../core/net/protocol.ts';

export const FAMILY = 'inet';
export const TABLE = 'portcullis';
export const CHAIN = 'input';

/** Just before the usual filter chains (priority 0), so that the port is closed whatever they accept. */
const PRIORITY = -5;

export interface SetSpec {
  readonly name: string;
  /** Type of the address in the set's concatenation. */
  readonly addressType: string;
  /** Protocol whose `daddr` the rule looks at. */
  readonly protocol: string;
}

export const SETS: readonly SetSpec[] = [
  { name: 'closed4', addressType: 'ipv4_addr', protocol: 'ip' },
  { name: 'closed6', addressType: 'ipv6_addr', protocol: 'ip6' },
];

interface Refusal {
  readonly protocol: Protocol;
  readonly json: object;
  readonly text: string;
}

/** As a host refuses where nothing listens: RST for TCP, ICMP port unreachable for UDP. */
const REFUSALS: readonly Refusal[] = [
  { protocol: 'tcp', json: { type: 'tcp reset' }, text: 'reject with tcp reset' },
  { protocol: 'udp', json: { type: 'icmpx', expr: 'port-unreachable' }, text: 'reject with icmpx port-unreachable' },
];

function setOf(address: string): string {
  return isIPv6(address) ? 'closed6' : 'closed4';
}

/**
 * The libnftables JSON of one transaction: makes the table as it must be, whatever is there, and carries out the steps.
 * The chain is flushed and written anew, so that repeating it neither doubles nor loses a rule. An element to be removed is added first,
 * because nft before 1.0.7 has no `destroy` and refuses to delete what is not there.
 */
export function transaction(steps: readonly FirewallStep[]): string {
  const where = { family: FAMILY, table: TABLE };
  const chain = { ...where, name: CHAIN };
  return JSON.stringify({
    nftables: [
      { add: { table: { family: FAMILY, name: TABLE } } },
      ...SETS.map(({ name, addressType }) => ({
        add: { set: { ...where, name, type: [addressType, 'inet_proto', 'inet_service'] } },
      })),
      { add: { chain: { ...chain, type: 'filter', hook: 'input', prio: PRIORITY, policy: 'accept' } } },
      { flush: { chain } },
      ...SETS.flatMap((set) =>
        REFUSALS.map((refusal) => ({ add: { rule: { ...where, chain: CHAIN, expr: expressionOf(set, refusal) } } })),
      ),
      ...steps.flatMap(({ op, address, protocol, port }) => {
        const element = { ...where, name: setOf(address), elem: [{ concat: [address, protocol, port] }] };
        return op === 'close-port' ? [{ add: { element } }] : [{ add: { element } }, { delete: { element } }];
      }),
    ],
  });
}

function expressionOf({ name, protocol }: SetSpec, refusal: Refusal): object[] {
  const key = [
    { payload: { protocol, field: 'daddr' } },
    { meta: { key: 'l4proto' } },
    { payload: { protocol: 'th', field: 'dport' } },
  ];
  return [
    { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: refusal.protocol } },
    { match: { op: '==', left: { concat: key }, right: `@${name}` } },
    { counter: null },
    { reject: refusal.json },
  ];
}

/**
 * The same for a person's shell: one command that makes the table, whatever is there, and one a step. Quoted for sh, with nothing in them
 * but addresses, numbers and our own names.
 */
export function commands(steps: readonly FirewallStep[]): string[] {
  const closing = steps.some((step) => step.op === 'close-port');
  const changes = steps.map(({ op, address, protocol, port }) => {
    const element = `element ${FAMILY} ${TABLE} ${setOf(address)} { ${address} . ${protocol} . ${port} }`;
    return `nft '${op === 'close-port' ? 'add' : 'delete'} ${element}'`;
  });
  return closing ? [`nft '${scaffold().join('; ')}'`, ...changes] : changes;
}

function scaffold(): string[] {
  const chain = `${FAMILY} ${TABLE} ${CHAIN}`;
  return [
    `add table ${FAMILY} ${TABLE}`,
    ...SETS.map(
      ({ name, addressType }) =>
        `add set ${FAMILY} ${TABLE} ${name} { type ${addressType} . inet_proto . inet_service ; }`,
    ),
    `add chain ${chain} { type filter hook input priority filter - ${-PRIORITY} ; policy accept ; }`,
    `flush chain ${chain}`,
    ...SETS.flatMap(({ name, protocol: ip }) =>
      REFUSALS.map(
        ({ protocol, text }) =>
          `add rule ${chain} meta l4proto ${protocol} ${ip} daddr . meta l4proto . th dport @${name} counter ${text}`,
      ),
    ),
  ];
}
