import { endpoint } from '../net/address.ts';
import type { PlanBody, Step } from './plan.ts';
import type { GroupRules } from './security-groups/closure-plan.ts';
import type { RuleShape } from './security-groups/rule-step.ts';

/** One step of a plan in words, for people. */
export function stepText(step: Step): string {
  switch (step.op) {
    case 'close-port':
      return `close ${step.protocol} ${endpoint(step.address, step.port)}`;
    case 'open-port':
      return `open ${step.protocol} ${endpoint(step.address, step.port)}`;
    case 'authorize':
      return `add to ${step.groupId} a rule for ${shapeText(step.rule)}`;
    case 'modify':
      return `shrink ${step.ruleId} of ${step.groupId} from ${shapeText(step.from)} to ${shapeText(step.to)}`;
    case 'revoke':
      return `remove ${step.ruleId} of ${step.groupId}: ${shapeText(step.rule)}`;
    default:
      throw new TypeError(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}

/** `tcp 20-30 from 0.0.0.0/0`, `all protocols from sg-1`. */
function shapeText({ protocol, fromPort, toPort, source }: RuleShape): string {
  const from = 'cidr' in source ? source.cidr : source.id;
  if (protocol === '-1') return `all protocols from ${from}`;
  if (fromPort === null) return `protocol ${protocol} from ${from}`;
  return `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`} from ${from}`;
}

/** What differs between before and after, a line each: the port on this host, or the rules that change. */
export function changedLines({ before, after }: Pick<PlanBody, 'before' | 'after'>): {
  before: string[];
  after: string[];
} {
  if ('closed' in before && 'closed' in after) return { before: [closedText(before)], after: [closedText(after)] };
  if ('closed' in before || 'closed' in after) throw new TypeError('a plan changes one kind of firewall');
  const [was, is] = [ruleLines(before.groups), ruleLines(after.groups)];
  return { before: was.filter((line) => !is.includes(line)), after: is.filter((line) => !was.includes(line)) };
}

function closedText({ closed }: { closed: boolean }): string {
  return closed ? 'Closed by Portcullis' : 'Let through';
}

function ruleLines(groups: GroupRules): string[] {
  return Object.entries(groups).flatMap(([groupId, rules]) =>
    rules.map(({ id, rule }) => `${groupId} ${id ?? '(new rule)'}: ${shapeText(rule)}`),
  );
}
