import { describe, expect, it } from 'vitest';
import { snsAlertSink } from '../../../adapters/aws/sns-alert-sink.ts';
import { Alert } from '../../../core/alerting/alert.ts';
import { type MakeQueueCloud, receiveAll } from './queue-cloud.ts';

const alert: Alert = {
  id: 'a1',
  group: 'müller|192.0.2.3',
  owner: 'Müller 🚪',
  ownerEmail: null,
  address: '192.0.2.3',
  severity: 'critical',
  title: 'redis is open at 192.0.2.3 🚪\nBcc: nobody',
  items: [
    {
      findingId: 'f1',
      account: 'local',
      region: 'local',
      kind: 'opened',
      occurrence: 1,
      address: '192.0.2.3',
      protocol: 'tcp',
      port: 6379,
      service: 'redis',
      class: 'high-risk-port',
      severity: 'critical',
      at: '2026-03-01T09:00:00.000Z',
      admittedBy: null,
      openedBy: null,
      note: null,
      approvalId: null,
      proposal: null,
    },
  ],
  unlisted: null,
  createdAt: '2026-03-01T09:00:00.000Z',
};

export function describeAlertSink(name: string, make: MakeQueueCloud): void {
  describe(`alert sink on ${name}`, () => {
    it('resolves once the alert is on the queue of every subscriber, with what filters need', async () => {
      const cloud = await make();
      await snsAlertSink(cloud.clients.sns, cloud.topicArn).publish(alert);
      const [message] = await receiveAll(cloud, cloud.queueUrls.notifications, 1);
      expect(Alert.parse(JSON.parse(message?.Body ?? ''))).toEqual(alert);
      expect(message?.MessageAttributes).toMatchObject({
        severity: { DataType: 'String', StringValue: 'critical' },
        group: { DataType: 'String', StringValue: 'müller|192.0.2.3' },
        kind: { DataType: 'String', StringValue: 'opened' },
      });
    });

    it('takes an alert with a long title and as many items as one alert lists', async () => {
      const cloud = await make();
      const [item] = alert.items;
      const items = Array.from({ length: 100 }, (_, i) => ({ ...item!, findingId: `f${i}`, port: i + 1 }));
      const large = { ...alert, title: '🚪'.repeat(200), items };
      await snsAlertSink(cloud.clients.sns, cloud.topicArn).publish(large);
      const [message] = await receiveAll(cloud, cloud.queueUrls.notifications, 1);
      expect(JSON.parse(message?.Body ?? '')).toEqual(large);
    });

    it.each([
      ['ops 🚪', 'ops 🚪|192.0.2.3'],
      ['a\u0000\u001B\uFFFE\uD800b', 'a????b|192.0.2.3'],
      ['x'.repeat(3_000), `${'x'.repeat(3_000)}|192.0.2.3`],
    ])('takes the name of an owner whatever characters it has (%#)', async (owner, attribute) => {
      const cloud = await make();
      const named = { ...alert, owner, group: `${owner}|192.0.2.3` };
      await snsAlertSink(cloud.clients.sns, cloud.topicArn).publish(named);
      const [message] = await receiveAll(cloud, cloud.queueUrls.notifications, 1);
      expect(JSON.parse(message?.Body ?? '')).toEqual(named);
      expect(message?.MessageAttributes?.['group']?.StringValue).toBe(attribute);
    });

    it('rejects when the topic did not take the alert', async () => {
      const cloud = await make();
      const missing = snsAlertSink(cloud.clients.sns, `${cloud.topicArn}-missing`);
      await expect(missing.publish(alert)).rejects.toMatchObject({ name: 'NotFoundException' });
    });
  });
}
