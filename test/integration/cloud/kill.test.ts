import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../../support/embedded.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const SENDER = new URL('./support/sender.ts', import.meta.url).pathname;

/** Runs the sender for `ms` after it is ready, kills it, and resolves to what it said. */
async function runAndKill(dataDir: string, start: number, ms: number): Promise<string[]> {
  const child = spawn(process.execPath, [SENDER, dataDir, String(start)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exited = once(child, 'exit');
  await expect.poll(() => out.includes('ready') || errors !== '', { timeout: 15_000, interval: 5 }).toBe(true);
  await sleep(ms);
  child.kill('SIGKILL');
  await exited;
  expect(errors).toBe('');
  return out.split('\n');
}

async function bodiesOn(cloud: TestCloud): Promise<Set<number>> {
  const bodies = new Set<number>();
  for (;;) {
    const { Messages = [] } = await cloud.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: cloud.queueUrls.results, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
    );
    if (Messages.length === 0) return bodies;
    for (const message of Messages) bodies.add(Number(message.Body));
  }
}

describe('kill -9 under load', () => {
  it('loses no acknowledged message and no acknowledged write, and leaves indexes equal to the table', async () => {
    const dataDir = await temporaryDirectory();
    const sent = new Set<number>();
    const deleting = new Set<number>();
    const written = new Map<number, number>();
    for (const [round, ms] of [210, 35, 480, 120, 5, 330, 90, 60].entries()) {
      for (const line of await runAndKill(dataDir, round * 1_000_000, ms)) {
        const [verb, a, b] = line.split(' ');
        if (verb === 'sent') sent.add(Number(a));
        if (verb === 'deleting') deleting.add(Number(a));
        if (verb === 'put') written.set(Number(a), Number(b));
      }
    }
    expect(sent.size).toBeGreaterThan(100);
    expect(written.size).toBe(20);

    const cloud = await startTestCloud(dataDir);
    const there = await bodiesOn(cloud);
    const lost = [...sent].filter((each) => !there.has(each) && !deleting.has(each));
    expect(lost).toEqual([]);

    const keys = Array.from({ length: 20 }, (_, i) => ({ pk: `item-${i}`, sk: 'v' }));
    const { Responses } = await cloud.clients.documents.send(
      new BatchGetCommand({ RequestItems: { [cloud.tableName]: { Keys: keys } } }),
    );
    const items = Responses?.[cloud.tableName] ?? [];
    for (const item of items) {
      const number = Number((item['pk'] as string).slice('item-'.length));
      expect(item['each']).toBeGreaterThanOrEqual(written.get(number) ?? 0);
    }
    const indexed = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6].map(async (i) => {
        const { Items = [] } = await cloud.clients.documents.send(
          new QueryCommand({
            TableName: cloud.tableName,
            IndexName: 'gsi1',
            KeyConditionExpression: 'gsi1pk = :g',
            ExpressionAttributeValues: { ':g': `g${i}` },
          }),
        );
        return Items;
      }),
    );
    const byKey = (list: Record<string, unknown>[]) =>
      list.toSorted((a, b) => String(a['pk']).localeCompare(String(b['pk'])));
    expect(byKey(indexed.flat())).toEqual(byKey(items));
  }, 60_000);
});
