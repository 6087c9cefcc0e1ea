import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { sendAll } from '../../../adapters/aws/sqs-send.ts';
import { openDataDirectory } from '../../../local/cloud/data-directory.ts';
import { startTestCloud } from '../../support/embedded.ts';
import { describeWith } from '../../support/need.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A disk of 12 MiB; unmounted when the test ends. */
async function smallDisk(): Promise<string> {
  const path = await temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'portcullis-test', path]);
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', path]);
  });
  return path;
}

async function fillDisk(path: string): Promise<string> {
  const ballast = join(path, 'ballast');
  await writeFile(ballast, Buffer.alloc(64 << 20)).catch(() => undefined);
  return ballast;
}

describeWith(['root'], 'a full disk', () => {
  it('refuses the data directory by name', async () => {
    const path = await smallDisk();
    await fillDisk(path);
    await expect(openDataDirectory(join(path, 'data'))).rejects.toThrow(
      /^cannot use the data directory .*\/data: the disk is full; give a directory that this user can write$/,
    );
  });

  it('fails the calls that could not be kept, keeps what was acknowledged across a restart, and works again once there is room', async () => {
    const path = await smallDisk();
    const full = await open(path);
    const ballast = await fillDisk(path);
    const puts = await attempts((each) => full.put(each));
    const sends = await attempts((each) => full.send(each));
    expect(puts.refused).toBeGreaterThan(0);
    expect(sends.refused).toBeGreaterThan(0);
    await rm(ballast);
    await full.put(1_000);
    await full.send(1_000);
    await full.stop();

    const again = await open(path);
    for (const each of [...puts.taken, 1_000]) expect(await again.get(each)).toBe(each);
    const received = await again.receiveAll();
    expect([...sends.taken, 1_000].filter((each) => !received.has(each))).toEqual([]);
  });
});

async function attempts(call: (each: number) => Promise<unknown>): Promise<{ taken: number[]; refused: number }> {
  const taken: number[] = [];
  let refused = 0;
  for (let each = 0; each < 20; each += 1) {
    await call(each).then(
      () => taken.push(each),
      () => (refused += 1),
    );
  }
  return { taken, refused };
}

async function open(path: string) {
  const cloud = await startTestCloud(path);
  const { sqs, documents } = cloud.clients;
  const pad = 'x'.repeat(20_000);
  return {
    stop: () => cloud.stop(),
    put: (each: number) =>
      documents.send(new PutCommand({ TableName: cloud.tableName, Item: { pk: `i${each}`, sk: 'v', each, pad } })),
    send: (each: number) => sendAll(sqs, cloud.queueUrls.results, [{ each, pad }]),
    async get(each: number): Promise<unknown> {
      const Key = { pk: `i${each}`, sk: 'v' };
      return (await documents.send(new GetCommand({ TableName: cloud.tableName, Key }))).Item?.['each'];
    },
    async receiveAll(): Promise<Set<number>> {
      const received = new Set<number>();
      for (;;) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl: cloud.queueUrls.results, MaxNumberOfMessages: 10 }),
        );
        if (Messages.length === 0) return received;
        for (const { Body } of Messages) received.add((JSON.parse(Body ?? '') as { each: number }).each);
      }
    },
  };
}
