import type { Alert } from '../../core/alerting/alert.ts';
import { alertText } from '../../core/alerting/render.ts';
import type { ApprovalLink } from '../../core/approvals/links.ts';
import { messageOf } from '../../core/errors.ts';
import { endpoint } from '../../core/net/address.ts';

export interface ConsoleChannelPorts {
  write: (text: string) => void;
  /** The signed links of a pending approval, one for each approver. */
  linksFor: (approvalId: string) => Promise<readonly ApprovalLink[]>;
}

/**
 * Prints an alert for the person at this terminal, each proposed change with its signed link.
 * The link is made here, at the very edge, and lives nowhere else: not in the queue, not in `alerts.jsonl`.
 */
export function makeConsoleChannel(ports: ConsoleChannelPorts): (alert: Alert) => Promise<void> {
  return async function print(alert) {
    const lines = [alertText(alert)];
    for (const { approvalId, address, port, protocol } of alert.items) {
      if (approvalId === null) continue;
      try {
        const links = await ports.linksFor(approvalId);
        for (const { approver, url } of links) {
          lines.push(
            `  decide on ${endpoint(address, port, protocol)}${links.length > 1 ? ` as ${approver}` : ''}: ${url}`,
          );
        }
      } catch (error) {
        lines.push(`  decide on ${endpoint(address, port, protocol)}: no link (${messageOf(error)})`);
      }
    }
    ports.write(`${lines.join('\n')}\n`);
  };
}
