import { endpoint } from '../net/address.ts';
import type { PlanBody, Step } from './plan.ts';
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

/** What the firewall says before or after the change, a line each. */
export function pictureLines(picture: PlanBody['before']): string[] {
  if ('closed' in picture) return [picture.closed ? 'Closed by Portcullis' : 'Let through'];
  return Object.values(picture.groups).flat();
}
