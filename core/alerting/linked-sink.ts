import type { ApprovalLink } from '../approvals/links.ts';
import { NotFound, Refused } from '../errors.ts';
import { endpoint } from '../net/address.ts';
import type { LinkMail, LinkSink } from '../ports/link-sink.ts';
import type { Log } from '../ports/log.ts';
import type { AlertSink } from '../ports/queues.ts';
import type { Alert, AlertItem } from './alert.ts';
import { plainLine } from './render.ts';

export interface LinkedSinkPorts {
  sink: AlertSink;
  links: LinkSink;
  /** The signed links of a pending approval, one for each approver. */
  linksFor: (approvalId: string) => Promise<readonly ApprovalLink[]>;
  log: Log;
}

/**
 * A sink that, after the alert is out, mails each approver the links to decide on what it proposes. The alert itself never carries one:
 * programs that show alerts open every link they see. Links that cannot be made or mailed fail the publication, so that alert and mail come
 * again.
 */
export function linkedSink({ sink, links, linksFor, log }: LinkedSinkPorts): AlertSink {
  return {
    async publish(alert) {
      await sink.publish(alert);
      const byApprover = new Map<string, { item: AlertItem; url: string }[]>();
      for (const item of alert.items) {
        if (item.approvalId === null) continue;
        for (const { approver, url } of await linksOrNone(item.approvalId)) {
          byApprover.set(approver, [...(byApprover.get(approver) ?? []), { item, url }]);
        }
      }
      for (const [approver, proposals] of byApprover) await links.send(mailOf(alert, approver, proposals));
    },
  };

  /** Decided meanwhile, or nobody may decide: there is no link, and trying again would make none. */
  async function linksOrNone(approvalId: string): Promise<readonly ApprovalLink[]> {
    try {
      return await linksFor(approvalId);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NotFound)) throw error;
      log.warn('an approval has no link', { approval: approvalId, reason: error.message });
      return [];
    }
  }
}

function mailOf(
  { title, severity }: Alert,
  approver: string,
  proposals: readonly { item: AlertItem; url: string }[],
): LinkMail {
  const lines = proposals.flatMap(({ item, url }) => [
    '',
    plainLine(
      `${endpoint(item.address, item.port, item.protocol)} [${item.severity}]: ${item.proposal ?? 'a change is proposed'}`,
    ),
    plainLine(item.openedBy === null ? 'It is not known who opened it.' : `Opened by ${item.openedBy}.`),
    url,
  ]);
  return {
    approver,
    severity,
    subject: `Decide: ${title}`,
    text: [
      plainLine(title),
      '',
      plainLine(
        `These links were made for ${approver}. Opening one shows the exact change and changes nothing; a button there decides.`,
      ),
      'Whoever has such a link may be able to decide: do not forward this mail.',
      ...lines,
    ].join('\n'),
  };
}
