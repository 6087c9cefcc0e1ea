import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BatchWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchGet, batchPut } from '../../../adapters/aws/dynamo/batches.ts';

const KEYS = Array.from({ length: 230 }, (_, i) => ({ pk: `p${i}`, sk: 's' }));

/** A table that serves at most `atMost` of what each request asks for. */
function throttled(atMost: number) {
  const sizes: number[] = [];
  const served: string[] = [];
  const consistent: unknown[] = [];
  const send = async (command: { input: unknown }) => {
    if (command instanceof BatchGetCommand) {
      const { Keys = [], ConsistentRead } = command.input.RequestItems?.['t'] ?? {};
      consistent.push(ConsistentRead);
      sizes.push(Keys.length);
      const [now, later] = [Keys.slice(0, atMost), Keys.slice(atMost)];
      served.push(...now.map((key) => String(key['pk'])));
      return { Responses: { t: now }, UnprocessedKeys: later.length ? { t: { Keys: later } } : {} };
    }
    const requests = (command.input as BatchWriteCommandInput).RequestItems?.['t'] ?? [];
    sizes.push(requests.length);
    served.push(...requests.slice(0, atMost).map((request) => String(request.PutRequest?.Item?.['pk'])));
    const later = requests.slice(atMost);
    return { UnprocessedItems: later.length ? { t: later } : {} };
  };
  return { client: { send } as unknown as DynamoDBDocumentClient, sizes, served, consistent };
}

describe('batches', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks for 100 keys and writes 25 items at a time', async () => {
    const reads = throttled(1_000);
    expect(await batchGet(reads.client, 't', KEYS)).toHaveLength(230);
    expect([...reads.sizes].sort((a, b) => b - a)).toEqual([100, 100, 30]);
    expect(reads.consistent).toEqual([true, true, true]);
    const writes = throttled(1_000);
    await batchPut(writes.client, 't', KEYS.slice(0, 60));
    expect([...writes.sizes].sort((a, b) => b - a)).toEqual([25, 25, 10]);
  });

  it('sends nothing for nothing', async () => {
    const { client, sizes } = throttled(0);
    expect(await batchGet(client, 't', [])).toEqual([]);
    await batchPut(client, 't', []);
    expect(sizes).toEqual([]);
  });

  it('asks again for what was left unprocessed until it has everything, once each', async () => {
    const reads = throttled(7);
    const items = batchGet(reads.client, 't', KEYS);
    await vi.runAllTimersAsync();
    expect((await items).map((item) => item.pk).sort()).toEqual(KEYS.map((key) => key.pk).sort());
    const writes = throttled(3);
    const written = batchPut(writes.client, 't', KEYS);
    await vi.runAllTimersAsync();
    await written;
    expect([...writes.served].sort()).toEqual(KEYS.map((key) => key.pk).sort());
  });

  it('gives up with an error when nothing is processed any more, after a bounded number of attempts', async () => {
    const reads = throttled(0);
    const read = batchGet(reads.client, 't', KEYS.slice(0, 3));
    await Promise.all([expect(read).rejects.toThrow('3 of 3 unprocessed'), vi.runAllTimersAsync()]);
    expect(reads.sizes).toHaveLength(6);
    const writes = throttled(0);
    const write = batchPut(writes.client, 't', KEYS.slice(0, 3));
    await Promise.all([expect(write).rejects.toThrow('3 of 3 unprocessed'), vi.runAllTimersAsync()]);
    expect(writes.sizes).toHaveLength(6);
  });
});
