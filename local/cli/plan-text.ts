import { endpoint } from '../../core/net/address.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { changedLines, stepText } from '../../core/remediation/step-text.ts';
import { printable } from './tables.ts';

/** A plan for people, line by line: what changes, who is affected, how to do it by hand and how to undo it. */
export function planLines(plan: Plan): string[] {
  const { body } = plan;
  const changed = changedLines(body);
  const lines = [
    `Plan ${plan.id} (${plan.state}${plan.note === null ? '' : `: ${plan.note}`})`,
    `  finding     ${body.findingId}`,
    `  firewall    ${body.target}`,
    ...changed.before.map((line) => `  now         ${line}`),
    ...changed.after.map((line) => `  then        ${line}`),
    ...body.steps.map((step) => `  step        ${stepText(step)}`),
    ...body.inverse.map((step) => `  undo        ${stepText(step)}`),
    ...body.admittedBy.map((rule) => `  admitted by ${rule.ruleId} from ${rule.source} (${rule.breadth})`),
    ...body.affected.map((it) => `  affects     ${it.what}: ${it.why}`),
    `  sessions    ${body.sessions}`,
    `  must stay   ${body.neighbours.map((it) => endpoint(it.address, it.port, it.protocol)).join(', ') || '(no neighbour known)'}`,
    ...body.commands.map((command) => `  by hand     ${command}`),
    `  hash        ${plan.hash}`,
  ];
  return lines.map(printable);
}
