import type { Conditions } from './lab.ts';

interface RuleOptions extends Conditions {
  readonly open: readonly number[];
  /** Where packets come in. */
  readonly device: string;
  /** Where answers go out. */
  readonly way: string;
}

/**
 * The ruleset of the scanned namespace, in the place of any before. Loss is `numgen random` at the very ends of the wire, where netem
 * would lose packets too: before the kernel's TCP sees a SYN, and after an answer has left it.
 */
export function rulesOf({ silence, lossPercent, open, device, way }: RuleOptions): string {
  const lost = `meta l4proto tcp numgen random mod 1000 < ${Math.round(lossPercent * 10)} drop`;
  const silent = `tcp flags syn / syn,ack tcp dport != { ${open.join(', ')} } drop`;
  const chains = (...lines: readonly string[]): string => lines.filter((line) => line !== '').join('\n  ');
  const atIngress = chains(lossPercent > 0 ? lost : '', silence === 'ingress' ? silent : '');
  const tables = ['flush ruleset'];
  if (atIngress !== '') {
    tables.push(
      `table netdev lab_in { chain ingress { type filter hook ingress device "${device}" priority 0;\n  ${atIngress}\n}; }`,
    );
  }
  if (lossPercent > 0) {
    tables.push(
      `table netdev lab_out { chain egress { type filter hook egress device "${way}" priority 0;\n  ${lost}\n}; }`,
    );
  }
  if (silence === 'dropped') {
    tables.push(`table inet lab { chain input { type filter hook input priority 0;\n  ${silent}\n}; }`);
  }
  return `${tables.join('\n')}\n`;
}
