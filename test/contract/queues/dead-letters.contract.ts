import { describe, expect, it } from 'vitest';
import { sqsDeadLetters } from '../../../adapters/aws/sqs-dead-letters.ts';
import { type MakeQueueCloud, receiveAll } from './queue-cloud.ts';

export function describeDeadLetters(name: string, make: MakeQueueCloud): void {
  describe(`dead letters on ${name}`, () => {
    it('are kept with the reason, whatever characters it has', async () => {
      const cloud = await make();
      const url = cloud.deadLetterUrls.results;
      await sqsDeadLetters(cloud.clients.sqs, url).keep({
        messageId: 'm1',
        body: 'not json',
        reason: 'line one\nline two \u0000 🚪',
      });
      const [letter] = await receiveAll(cloud, url, 1);
      expect(letter?.Body).toBe('not json');
      expect(letter?.MessageAttributes?.['reason']?.StringValue).toBe('line one?line two ? ??');
      expect(letter?.MessageAttributes?.['messageId']?.StringValue).toBe('m1');
    });

    it('are kept without a reason, with an endless one, and with one in any script', async () => {
      const cloud = await make();
      const url = cloud.deadLetterUrls.alerts;
      const reasons = ['', 'x'.repeat(100_000), 'größer als 受け付け'];
      for (const reason of reasons) {
        await sqsDeadLetters(cloud.clients.sqs, url).keep({ messageId: 'm', body: '{}', reason });
      }
      const kept = (await receiveAll(cloud, url, 3)).map((each) => each.MessageAttributes?.['reason']?.StringValue);
      expect(new Set(kept)).toEqual(new Set(['no reason given', 'x'.repeat(1_000), 'größer als 受け付け']));
    });

    it('are not taken for kept when the queue does not exist', async () => {
      const cloud = await make();
      const letters = sqsDeadLetters(cloud.clients.sqs, `${cloud.deadLetterUrls.results}-missing`);
      await expect(letters.keep({ messageId: 'm', body: '{}', reason: 'r' })).rejects.toThrow(/queue does not exist/);
    });
  });
}
