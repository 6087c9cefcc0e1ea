import type { SQSClient } from '@aws-sdk/client-sqs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf, jsonBody, sendAll } from '../../../adapters/aws/sqs-send.ts';

interface Sent {
  readonly Entries: { Id: string; MessageBody: string; DelaySeconds?: number }[];
}

/** Answers each batch with the next list of failures; records what was sent. */
function fakeSqs(failures: object[][]): { sqs: SQSClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const send = (command: { input: Sent }): Promise<object> => {
    sent.push(command.input);
    return Promise.resolve({ Failed: failures.shift() ?? [] });
  };
  return { sqs: { send } as unknown as SQSClient, sent };
}

describe('batches of messages', () => {
  it('keep the order, and hold at most 10 messages and 256 KiB', () => {
    const body = fc.integer({ min: 1, max: 120_000 }).map((length) => 'x'.repeat(length));
    fc.assert(
      fc.property(fc.array(body, { maxLength: 30 }), (bodies) => {
        const batches = batchesOf(bodies);
        expect(batches.flat()).toEqual(bodies);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(batch.reduce((sum, each) => sum + each.length, 0)).toBeLessThanOrEqual(262_144);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('count bytes, not characters', () => {
    expect(batchesOf(['é'.repeat(100_000), 'é'.repeat(100_000)])).toHaveLength(2);
  });

  it('refuse a message that fits nowhere', () => {
    expect(() => batchesOf(['x'.repeat(262_145)])).toThrow('262145 bytes does not fit on a queue: allowed are 262144');
  });
});

describe('the body of a message', () => {
  it('reads back as what was sent and holds only characters that every queue takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const body = jsonBody({ text });
        expect(JSON.parse(body)).toEqual({ text });
        // eslint-disable-next-line no-control-regex
        expect(body).not.toMatch(/[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD]/);
      }),
    );
  });
});

describe('sending', () => {
  it('sends again only what a batch did not take', async () => {
    const { sqs, sent } = fakeSqs([[{ Id: '1', SenderFault: false, Code: 'InternalError' }]]);
    await sendAll(sqs, 'url', ['a', 'b', 'c']);
    expect(sent.map((batch) => batch.Entries.map((entry) => entry.MessageBody))).toEqual([
      ['"a"', '"b"', '"c"'],
      ['"b"'],
    ]);
  });

  it('throws when a message was not taken in three attempts', async () => {
    const failure = { Id: '0', SenderFault: false, Code: 'InternalError', Message: 'no room' };
    const { sqs, sent } = fakeSqs([[failure], [failure], [failure]]);
    await expect(sendAll(sqs, 'url', ['a'])).rejects.toThrow('1 messages were not taken by url: no room');
    expect(sent).toHaveLength(3);
  });

  it('sends thousands of messages a few batches at a time, each once', async () => {
    const taken: string[] = [];
    let [now, most] = [0, 0];
    const send = async ({ input }: { input: Sent }): Promise<object> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      taken.push(...input.Entries.map(({ MessageBody }) => MessageBody));
      now -= 1;
      return { Failed: [] };
    };
    const messages = Array.from({ length: 1_001 }, (_, i) => i);
    await sendAll({ send } as unknown as SQSClient, 'url', messages);
    expect(taken.map(Number).sort((a, b) => a - b)).toEqual(messages);
    expect(most).toBe(8);
  });

  it('ends with the first error, when nothing is under way any more', async () => {
    let [calls, now] = [0, 0];
    const send = async (): Promise<object> => {
      calls += 1;
      now += 1;
      const isThird = calls === 3;
      await new Promise(setImmediate);
      now -= 1;
      if (isThird) throw new Error('the queue is gone');
      return { Failed: [] };
    };
    const sent = sendAll(
      { send } as unknown as SQSClient,
      'url',
      Array.from({ length: 1_000 }, (_, i) => i),
    );
    await expect(sent).rejects.toThrow('the queue is gone');
    expect(now).toBe(0);
    expect(calls).toBeLessThan(20);
  });

  it('throws at once when the message itself is at fault', async () => {
    const { sqs, sent } = fakeSqs([[{ Id: '0', SenderFault: true, Code: 'InvalidMessageContents' }]]);
    await expect(sendAll(sqs, 'url', ['a'])).rejects.toThrow('InvalidMessageContents');
    expect(sent).toHaveLength(1);
  });

  it.each([-1, 901, 1.5, Number.NaN])('refuses a delay of %s seconds', async (delay) => {
    const { sqs, sent } = fakeSqs([]);
    await expect(sendAll(sqs, 'url', ['a'], delay)).rejects.toThrow(
      `delay ${delay} s: allowed are whole seconds from 0 to 900`,
    );
    expect(sent).toEqual([]);
  });

  it('sends nothing for no messages', async () => {
    const { sqs, sent } = fakeSqs([]);
    await sendAll(sqs, 'url', []);
    expect(sent).toEqual([]);
  });
});
