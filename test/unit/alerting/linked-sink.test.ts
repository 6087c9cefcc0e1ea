import { describe, expect, it } from 'vitest';
import type { Alert, AlertItem } from '../../../core/alerting/alert.ts';
import { linkedSink } from '../../../core/alerting/linked-sink.ts';
import { Refused } from '../../../core/errors.ts';
import type { LinkMail } from '../../../core/ports/link-sink.ts';

const anItem = (over: Partial<AlertItem> = {}): AlertItem => ({
  findingId: 'f-1',
  account: '111111111111',
  region: 'eu-west-1',
  kind: 'opened',
  occurrence: 1,
  address: '192.0.2.3',
  protocol: 'tcp',
  port: 6379,
  service: 'redis',
  class: 'high-risk-port',
  severity: 'high',
  at: '2026-03-01T09:00:00.000Z',
  admittedBy: null,
  openedBy: 'arn:aws:iam::123456789012:user/zoe created sgr-1',
  note: null,
  approvalId: 'a-1',
  proposal: 'close 192.0.2.3:6379 in sg-1',
  ...over,
});
const anAlert = (...items: AlertItem[]): Alert => ({
  id: 'al-1',
  group: 'payments|192.0.2.3',
  owner: 'payments',
  ownerEmail: null,
  address: '192.0.2.3',
  severity: 'high',
  title: '1 port opened on 192.0.2.3 (payments): 6379 redis [high]',
  items,
  unlisted: null,
  createdAt: '2026-03-01T09:00:01.000Z',
});

/** A sink whose links name approval and approver; what went out, in order. */
function world(approvers: (approvalId: string) => string[] = () => ['ana@example.com']) {
  const sent: (Alert | LinkMail)[] = [];
  const warned: unknown[] = [];
  const sink = linkedSink({
    sink: { publish: async (alert) => void sent.push(alert) },
    links: { send: async (mail) => void sent.push(mail) },
    linksFor: async (id) =>
      approvers(id).map((approver) => ({
        approver,
        url: `https://links.example.com/approvals/${id}-${approver.split('\n')[0]}`,
      })),
    log: { info: () => undefined, warn: (message, fields) => warned.push({ message, ...fields }) },
  });
  return { sent, warned, sink };
}

describe('an alert with links beside it', () => {
  it('goes out first, without a link; then each approver gets one mail with their own links only', async () => {
    const { sent, sink } = world((id) => (id === 'a-1' ? ['ana@example.com', 'bo@example.com'] : ['bo@example.com']));
    const alert = anAlert(
      anItem(),
      anItem({ findingId: 'f-2', port: 22, openedBy: null, approvalId: 'a-2', proposal: null }),
    );
    await sink.publish(alert);
    expect(sent[0]).toEqual(alert);
    expect(JSON.stringify(sent[0])).not.toContain('https://');
    expect(sent.slice(1)).toEqual([
      {
        approver: 'ana@example.com',
        severity: 'high',
        subject: 'Decide: 1 port opened on 192.0.2.3 (payments): 6379 redis [high]',
        text: `1 port opened on 192.0.2.3 (payments): 6379 redis [high]

These links were made for ana@example.com. Opening one shows the exact change and changes nothing; a button there decides.
Whoever has such a link may be able to decide: do not forward this mail.

192.0.2.3:6379 [high]: close 192.0.2.3:6379 in sg-1
Opened by arn:aws:iam::123456789012:user/zoe created sgr-1.
https://links.example.com/approvals/a-1-ana@example.com`,
      },
      expect.objectContaining({
        approver: 'bo@example.com',
        text: expect.stringMatching(
          /approvals\/a-1-bo@example\.com\n\n192\.0\.2\.3:22 \[high\]: a change is proposed\nIt is not known who opened it\.\nhttps:\/\/links\.example\.com\/approvals\/a-2-bo@example\.com$/,
        ),
      }),
    ]);
  });

  it('without a proposal mails nobody', async () => {
    const { sent, sink } = world();
    await sink.publish(anAlert(anItem({ approvalId: null, proposal: null })));
    expect(sent).toHaveLength(1);
  });

  it('is out although nothing is left to decide, and the log says why there is no link', async () => {
    const { sent, warned, sink } = world((id) => {
      if (id === 'a-1') throw new Refused('Approval a-1 is not pending.');
      return ['ana@example.com'];
    });
    await sink.publish(anAlert(anItem(), anItem({ approvalId: 'a-2', port: 22 })));
    expect(sent).toHaveLength(2);
    expect(warned).toEqual([
      { message: 'an approval has no link', approval: 'a-1', reason: 'Approval a-1 is not pending.' },
    ]);
  });

  it('comes again, with the mail, when links cannot be made: the alert was out before that', async () => {
    const { sent, sink } = world(() => {
      throw new Error('kms:GenerateMac failed');
    });
    await expect(sink.publish(anAlert(anItem()))).rejects.toThrow('kms:GenerateMac failed');
    expect(sent).toHaveLength(1);
  });

  it('carries nothing into a mail that could start a line of its own', async () => {
    const { sent, sink } = world(() => ['ana\nhttps://evil.example.com']);
    await sink.publish(
      anAlert(anItem({ openedBy: 'zoe\nhttps://evil.example.com', proposal: 'x\r\nhttps://evil.example.com' })),
    );
    const lines = (sent[1] as LinkMail).text.split('\n');
    expect(lines.filter((line) => line.startsWith('https://evil'))).toEqual([]);
  });
});
