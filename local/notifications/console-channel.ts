import type { Alert } from '../../core/alerting/alert.ts';
import { alertText } from '../../core/alerting/render.ts';
import { messageOf } from '../../core/errors.ts';
import { endpoint } from '../../core/net/address.ts';

export interface ConsoleChannelPorts {
  write: (text: string) => void;
  /** The signed link of a pending approval. */
  linkFor: (approvalId: string) => Promise<string>;
}

/**
 * Prints an alert for the person at this terminal, each proposed change with its signed link.
 * The link is made here, at the very edge, and lives nowhere else: not in the queue, not in `alerts.jsonl`.
 */
export function makeConsoleChannel(ports: ConsoleChannelPorts): (alert: Alert) => Promise<void> {
  return async function print(alert) {
    const lines = [alertText(alert)];
    for (const { approvalId, address, port } of alert.items) {
      if (approvalId === null) continue;
      try {
        lines.push(`  decide on ${endpoint(address, port)}: ${await ports.linkFor(approvalId)}`);
      } catch (error) {
        lines.push(`  decide on ${endpoint(address, port)}: no link (${messageOf(error)})`);
      }
    }
    ports.write(`${lines.join('\n')}\n`);
  };
}
