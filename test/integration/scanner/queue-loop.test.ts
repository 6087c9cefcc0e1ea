import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, vi } from 'vitest';
import { sqsDeadLetters } from '../../../adapters/aws/sqs-dead-letters.ts';
import { sqsResultQueue, sqsShardQueue } from '../../../adapters/aws/sqs-queues.ts';
import { sqsShardSource } from '../../../adapters/aws/sqs-shard-source.ts';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { after, minutes, toInstant } from '../../../core/time.ts';
import { makeScan } from '../../../fargate-scanner/make-scan.ts';
import { runProgress } from '../../../fargate-scanner/progress.ts';
import { type RunScannerOptions, runScanner } from '../../../fargate-scanner/queue-loop.ts';
import { aShard } from '../../builders/shard.ts';
import { startTestCloud, type TestCloud } from '../../support/embedded.ts';
import { noEngines } from '../../support/scanner/engines.ts';
import { freeClaims } from '../../support/scanner/claims.ts';
import { aListener } from '../../support/scanner/engine.ts';
import { NOTHING_FORBIDDEN } from '../../support/scanner/nothing-forbidden.ts';
import { aSilentPort } from '../../support/scanner/silent-port.ts';

const clock = { now: () => toInstant(Date.now()) };
const freshShard = (over: Parameters<typeof aShard>[0]) =>
  aShard({ notAfter: after(clock.now(), minutes(10)), ...over });

/** The whole scanner on a real queue server: started, and stopped by `stop`, which waits for its end. */
function startScanner(cloud: TestCloud, over: Partial<RunScannerOptions> = {}, visibilitySeconds = 30) {
  const { sqs } = cloud.clients;
  const stopping = new AbortController();
  const source = (name: 'shards' | 'shards-priority' | 'shards-backstop') =>
    sqsShardSource({
      sqs,
      queueUrl: cloud.queueUrls[name],
      deadLetters: sqsDeadLetters(sqs, cloud.deadLetterUrls[name]),
      visibilitySeconds,
    });
  const concurrency = { priority: 2, bulk: 2, backstop: 2 };
  const warnings: string[] = [];
  const ended = runScanner({
    queues: {
      priority: source('shards-priority'),
      bulk: source('shards'),
      backstop: source('shards-backstop'),
      results: sqsResultQueue(sqs, cloud.queueUrls.results),
    },
    scan: makeScan({
      ...NOTHING_FORBIDDEN,
      clock,
      rate: 5_000,
      addressRates: { owner: 400, small: 100 },
      concurrency,
      loopback: true,
      engines: noEngines(),
      smallEngines: noEngines(),
    }),
    whyStopped: async () => null,
    claims: freeClaims(),
    signal: stopping.signal,
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    progress: runProgress(),
    concurrency,
    ...over,
  });
  const stop = (): Promise<void> => {
    stopping.abort();
    return ended;
  };
  return { stop, warnings };
}

async function receive(cloud: TestCloud, url: string, waitSeconds = 10) {
  const { Messages = [] } = await cloud.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      WaitTimeSeconds: waitSeconds,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

const receiveResults = async (cloud: TestCloud, waitSeconds = 10): Promise<ShardResult[]> =>
  (await receive(cloud, cloud.queueUrls.results, waitSeconds)).map(({ Body }) =>
    ShardResult.parse(JSON.parse(Body ?? '')),
  );

/** Shards on the bulk queue, received ones too. */
async function waiting(cloud: TestCloud): Promise<number> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await cloud.clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: cloud.queueUrls.shards, AttributeNames: [...names] }),
  );
  return names.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

const shardQueue = (cloud: TestCloud) =>
  sqsShardQueue(cloud.clients.sqs, {
    bulk: cloud.queueUrls.shards,
    priority: cloud.queueUrls['shards-priority'],
    backstop: cloud.queueUrls['shards-backstop'],
  });

describe('runScanner on real queues', () => {
  it('scans a shard, sends its result and takes it off the queue', async () => {
    const cloud = await startTestCloud();
    const { port } = await aListener();
    const scanner = startScanner(cloud);
    await shardQueue(cloud).send([freshShard({ shardId: 's-1', ports: String(port) })]);
    const [result] = await receiveResults(cloud);
    expect(result).toMatchObject({ status: 'complete', shard: { shardId: 's-1' } });
    expect(result?.results[0]?.open.map((open) => open.port)).toEqual([port]);
    await scanner.stop();
    expect(await receive(cloud, cloud.queueUrls.shards, 0)).toEqual([]);
    expect(scanner.warnings).toEqual([]);
  });

  it('scans an urgent shard while sweeps keep the bulk lane busy', async () => {
    const cloud = await startTestCloud();
    const { port } = await aListener();
    const scanner = startScanner(cloud);
    // Two sweeps of about 13 s each, one for every consumer of the bulk lane.
    await shardQueue(cloud).send([
      freshShard({ shardId: 's-bulk-1', ports: '1-65535' }),
      freshShard({ shardId: 's-bulk-2', ports: '1-65535', addresses: ['127.0.0.2'] }),
    ]);
    await vi.waitFor(async () => expect(await receive(cloud, cloud.queueUrls.shards, 0)).toEqual([]), {
      timeout: 5_000,
    });
    await shardQueue(cloud).send([freshShard({ shardId: 's-urgent', purpose: 'verify', ports: String(port) })]);
    const results = await receiveResults(cloud);
    expect(results.map(({ shard, status }) => [shard.shardId, status])).toEqual([['s-urgent', 'complete']]);
    await scanner.stop();
  });

  it('drops what is left of a run that was stopped, also what is under way, and tells what that found open', async () => {
    const cloud = await startTestCloud();
    const { port, sources } = await aListener();
    const silent = await aSilentPort();
    let stopped: string | null = null;
    const scanner = startScanner(cloud, {
      whyStopped: async ({ runId }) => (runId === 'r-stopped' ? stopped : null),
    });
    const ports = [port, silent].sort((x, y) => x - y).join(',');
    await shardQueue(cloud).send([
      freshShard({ shardId: 's-under-way', runId: 'r-stopped', ports, timeoutMs: 10_000, tries: 5 }),
    ]);
    await vi.waitFor(() => expect(sources.length).toBe(1), { timeout: 5_000 });
    stopped = 'stopped by ana';
    await shardQueue(cloud).send([
      freshShard({ shardId: 's-left', runId: 'r-stopped', ports: String(port) }),
      freshShard({ shardId: 's-other', ports: String(port) }),
    ]);
    const results = new Map<string, ShardResult>();
    await vi.waitFor(
      async () => {
        for (const result of await receiveResults(cloud, 1)) results.set(result.shard.shardId, result);
        expect([...results.keys()].sort()).toEqual(['s-other', 's-under-way']);
      },
      { timeout: 20_000 },
    );
    expect(results.get('s-under-way')).toMatchObject({
      status: 'partial',
      handedBack: true,
      reason: expect.stringContaining('stopped by ana'),
      results: [{ open: [{ port }] }],
    });
    expect(results.get('s-other')).toMatchObject({ status: 'complete' });
    await vi.waitFor(async () => expect(await waiting(cloud)).toBe(0), { timeout: 10_000 });
    await scanner.stop();
    expect(scanner.warnings).toEqual([]);
  });

  it('gives unfinished work back at once when it is stopped, and tells what it found open', async () => {
    const cloud = await startTestCloud();
    const { port, sources } = await aListener();
    const scanner = startScanner(cloud);
    const silent = await aSilentPort();
    await shardQueue(cloud).send([
      freshShard({ shardId: 's-nothing-open', ports: '1-5', addresses: ['127.9.9.9'], rate: 1 }),
      freshShard({ shardId: 's-some-open', ports: [port, silent].sort((x, y) => x - y).join(','), timeoutMs: 2_000 }),
    ]);
    await vi.waitFor(() => expect(sources.length).toBe(1), { timeout: 5_000 });
    await scanner.stop();
    const back = await receive(cloud, cloud.queueUrls.shards, 0);
    const results = await receiveResults(cloud, 0);
    expect(back.map(({ Body }) => (JSON.parse(Body ?? '') as { shardId: string }).shardId).sort()).toEqual([
      's-nothing-open',
      's-some-open',
    ]);
    expect(results).toMatchObject([
      { status: 'partial', handedBack: true, reason: 'the scanner is stopping', shard: { shardId: 's-some-open' } },
    ]);
    expect(results[0]?.results[0]?.open.map((open) => open.port)).toEqual([port]);
  });

  it('keeps a message that is no shard for a person, with the reason, and goes on', async () => {
    const cloud = await startTestCloud();
    const { port } = await aListener();
    const scanner = startScanner(cloud);
    for (const MessageBody of ['not json', '{"shardId":"s-1"}']) {
      await cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl: cloud.queueUrls.shards, MessageBody }));
    }
    await shardQueue(cloud).send([
      freshShard({ shardId: 's-bad-ports', ports: '70000' }),
      freshShard({ ports: String(port) }),
    ]);
    expect(await receiveResults(cloud)).toHaveLength(1);
    const letters = new Map<string, string>();
    await vi.waitFor(
      async () => {
        for (const { Body, MessageAttributes } of await receive(cloud, cloud.deadLetterUrls.shards, 1)) {
          letters.set(Body ?? '', MessageAttributes?.['reason']?.StringValue ?? '');
        }
        expect(letters.size).toBe(3);
      },
      { timeout: 10_000 },
    );
    await scanner.stop();
    expect(letters.get('not json')).toBe('the body is not JSON');
    expect(letters.get('{"shardId":"s-1"}')).toMatch(/^the body is not a shard: runId/);
    expect([...letters.values()].some((reason) => reason.startsWith('Port 70000 does not exist'))).toBe(true);
  });

  it('hides a shard for as long as its scan takes', async () => {
    const cloud = await startTestCloud();
    let scans = 0;
    const scanner = startScanner(
      cloud,
      {
        scan: async (shard) => {
          scans += 1;
          await new Promise((resolve) => setTimeout(resolve, 3_500));
          return {
            shard,
            engine: 'slow',
            status: 'complete',
            reason: null,
            results: [],
            startedAt: clock.now(),
            finishedAt: clock.now(),
          };
        },
      },
      2,
    );
    await shardQueue(cloud).send([freshShard({})]);
    expect(await receiveResults(cloud)).toHaveLength(1);
    await scanner.stop();
    expect(scans).toBe(1);
    expect(await receive(cloud, cloud.queueUrls.shards, 0)).toEqual([]);
  });

  it('leaves a shard on its queue when its result could not be sent', async () => {
    const cloud = await startTestCloud();
    const { port } = await aListener();
    let refused = 0;
    const results = {
      send: async (result: ShardResult) => {
        refused += 1;
        if (refused === 1) throw new Error('the queue is full');
        await sqsResultQueue(cloud.clients.sqs, cloud.queueUrls.results).send(result);
      },
    };
    const source = sqsShardSource({
      sqs: cloud.clients.sqs,
      queueUrl: cloud.queueUrls.shards,
      deadLetters: sqsDeadLetters(cloud.clients.sqs, cloud.deadLetterUrls.shards),
      visibilitySeconds: 1,
    });
    const idle = {
      ...source,
      receive: async () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 100)),
    };
    const scanner = startScanner(cloud, { queues: { priority: idle, bulk: source, backstop: idle, results } });
    await shardQueue(cloud).send([freshShard({ ports: String(port) })]);
    expect(await receiveResults(cloud)).toHaveLength(1);
    await scanner.stop();
    expect(refused).toBe(2);
    expect(scanner.warnings).toEqual(['a shard failed']);
  });
});
