import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { readFindingImage } from '../../../adapters/aws/dynamo/finding-image.ts';
import { toBody } from '../../../adapters/aws/dynamo/body.ts';
import { FINDINGS, shardedKey } from '../../../adapters/aws/dynamo/keys.ts';
import type { AsffFinding } from '../../../core/emit/asff-shape.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { FindingRefusal } from '../../../core/ports/findings-sink.ts';
import { makeEmitFunction } from '../../../lambdas/emit/function.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFinding } from '../../builders/finding.ts';
import { AsffRules } from '../../support/emit/asff-rules.ts';

const PRODUCT = 'arn:aws:securityhub:eu-central-1:123456789012:product/123456789012/default';
/** 2026-03-01T09:00:10Z */
const WRITTEN = 1_772_355_610;

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

function imageOf(finding: Finding): Image {
  const { pk, sk } = shardedKey(FINDINGS, finding.id);
  const body = toBody(finding);
  return {
    pk: { S: pk },
    sk: { S: sk },
    version: { N: String(finding.version) },
    body: typeof body === 'string' ? { S: body } : { B: Buffer.from(body).toString('base64') },
  };
}

let sequence = 100;
function record(now: Finding | Image, before?: Finding | Image, over: object = {}): DynamoDBRecord {
  sequence += 1;
  const NewImage = toImage(now);
  const keys = Object.entries(NewImage).filter(([name]) => name === 'pk' || name === 'sk');
  return {
    eventID: `e-${sequence}`,
    eventName: before === undefined ? 'INSERT' : 'MODIFY',
    dynamodb: {
      Keys: Object.fromEntries(keys),
      NewImage,
      ...(before !== undefined && { OldImage: toImage(before) }),
      SequenceNumber: String(sequence),
      ApproximateCreationDateTime: WRITTEN,
      ...over,
    },
  };
}

function toImage(one: Finding | Image): Image {
  return isFinding(one) ? imageOf(one) : one;
}

function isFinding(one: Finding | Image): one is Finding {
  return typeof one['id'] === 'string';
}

interface Options {
  refuse?: readonly FindingRefusal[];
  sendFails?: Error;
  keepFails?: Error;
  assetFails?: Error;
}

function makeWorld(options: Options = {}) {
  const sent: AsffFinding[][] = [];
  const letters: { messageId: string; body: string; reason: string }[] = [];
  const lines: string[] = [];
  const log = (message: string, fields = {}) => lines.push(`${message} ${JSON.stringify(fields)}`);
  const handler = makeEmitFunction(
    {
      assets: {
        async get(address) {
          if (options.assetFails) throw options.assetFails;
          return address === '198.51.100.7'
            ? anAsset({ address, networkInterface: 'eni-0123456789abcdef0' })
            : undefined;
        },
      },
      sink: {
        async send(findings) {
          if (options.sendFails) throw options.sendFails;
          sent.push([...findings]);
          return options.refuse ?? [];
        },
      },
      deadLetters: {
        async keep(letter) {
          if (options.keepFails) throw options.keepFails;
          letters.push(letter);
        },
      },
      log: { info: log, warn: log },
      readFinding: readFindingImage,
    },
    PRODUCT,
  );
  const run = async (...records: DynamoDBRecord[]) => {
    const { batchItemFailures } = await handler({ Records: records });
    return batchItemFailures.map((failure) => failure.itemIdentifier);
  };
  return { run, sent, letters, lines };
}

const numberOf = (one: DynamoDBRecord) => one.dynamodb?.SequenceNumber;
const inAws = (over: Partial<Finding> = {}) =>
  aFinding({ account: '210987654321', region: 'eu-west-1', address: '198.51.100.7', ...over });
const damaged = (finding: Finding): Image => ({ ...imageOf(finding), body: { S: '{"secret-looking":' } });

describe('findings of the stream reach the console', () => {
  it('when they are new, with the interface that has the address', async () => {
    const { run, sent, lines } = makeWorld();
    expect(await run(record(inAws({ version: 1 })))).toEqual([]);
    expect(sent).toHaveLength(1);
    expect(AsffRules.parse(sent[0]?.[0])).toMatchObject({
      Id: inAws().id,
      AwsAccountId: '123456789012',
      ProductArn: PRODUCT,
      UpdatedAt: '2026-03-01T09:00:10.001Z',
      RecordState: 'ACTIVE',
      Resources: [{ Id: 'arn:aws:ec2:eu-west-1:210987654321:network-interface/eni-0123456789abcdef0' }],
    });
    expect(lines).toEqual(['findings sent {"findings":1,"refused":0}']);
  });

  it('archived and resolved when they close', async () => {
    const { run, sent } = makeWorld();
    const closed = inAws({ version: 5, status: 'closed', verdict: 'clean', closedAt: '2026-03-01T09:00:10.000Z' });
    await run(record(closed, inAws({ version: 4 })));
    expect(sent[0]).toMatchObject([{ RecordState: 'ARCHIVED', Workflow: { Status: 'RESOLVED' } }]);
  });

  it('not when only times changed, nor for other items, nor for what was removed', async () => {
    const { run, sent } = makeWorld();
    const other: Image = { pk: { S: 'FINGERPRINT#1' }, sk: { S: '192.0.2.3' }, body: { S: 'no finding' } };
    expect(
      await run(
        record(inAws({ version: 2, observedAt: '2026-03-01T11:00:00.000Z' }), inAws({ version: 1 })),
        record(other),
        { ...record(inAws()), eventName: 'REMOVE' },
      ),
    ).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('once a batch, with the last news of each', async () => {
    const { run, sent } = makeWorld();
    const opened = inAws({ version: 1 });
    const closed = inAws({ version: 2, status: 'closed' });
    const touched = inAws({ version: 3, status: 'closed', observedAt: '2026-03-01T11:00:00.000Z' });
    await run(record(opened), record(closed, opened), record(touched, closed), record(inAws({ port: 22 })));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.map(({ Id, UpdatedAt }) => [Id, UpdatedAt])).toEqual([
      [opened.id, '2026-03-01T09:00:10.002Z'],
      [inAws({ port: 22 }).id, '2026-03-01T09:00:10.001Z'],
    ]);
  });

  it('with the same bytes when the record comes again', async () => {
    const { run, sent } = makeWorld();
    const same = record(inAws());
    await run(same);
    await run(same);
    expect(JSON.stringify(sent[1])).toBe(JSON.stringify(sent[0]));
  });

  it('when their body is compressed', async () => {
    const { run, sent } = makeWorld();
    const rules = Array.from({ length: 1_000 }, (_, i) => ({
      ruleId: `sgr-${i}`,
      source: '0.0.0.0/0',
      breadth: 'internet' as const,
    }));
    const long = record(inAws({ admittedBy: rules }));
    expect(long.dynamodb?.NewImage?.['body']).toHaveProperty('B');
    expect(await run(long)).toEqual([]);
    expect(sent[0]).toHaveLength(1);
  });

  it('when what was before them is missing or cannot be read', async () => {
    const { run, sent } = makeWorld();
    const later = inAws({ version: 2, observedAt: '2026-03-01T11:00:00.000Z' });
    await run(record(later, damaged(inAws())));
    await run({ ...record(later), eventName: 'MODIFY' });
    expect(sent.flat()).toHaveLength(2);
  });
});

describe('what cannot be sent', () => {
  it('a damaged item is told and put aside, and does not hold up those behind it', async () => {
    const { run, sent, letters, lines } = makeWorld();
    const bad = record(damaged(inAws({ port: 22 })));
    expect(await run(bad, record(inAws()))).toEqual([]);
    expect(sent.flat().map(({ Id }) => Id)).toEqual([inAws().id]);
    const { pk, sk } = shardedKey(FINDINGS, inAws({ port: 22 }).id);
    expect(letters).toEqual([
      {
        messageId: numberOf(bad),
        reason: `The stored item pk=${pk} sk=${sk} cannot be read.`,
        body: JSON.stringify({ eventId: bad.eventID, eventName: 'INSERT', keys: { pk: { S: pk }, sk: { S: sk } } }),
      },
    ]);
    expect(lines[0]).toContain('stream record put on the dead-letter queue');
    expect(lines.join('\n')).not.toContain('secret-looking');
  });

  it.each([
    ['a stream without new images', { NewImage: undefined }, 'the stream must have new and old images'],
    ['no time of the write', { ApproximateCreationDateTime: undefined }, 'does not say when it was written'],
  ])('%s is told and put aside', async (_, over, reason) => {
    const { run, sent, letters } = makeWorld();
    expect(await run(record(inAws(), undefined, over))).toEqual([]);
    expect(sent).toEqual([]);
    expect(letters[0]?.reason).toContain(reason);
  });

  it.each([
    ['openedAt', { openedAt: 'yesterday' }],
    ['address', { address: 'not-an-address' }],
  ])('a finding whose %s is none is told and put aside', async (_, over) => {
    const { run, sent, letters } = makeWorld();
    expect(await run(record(inAws(over)), record(inAws({ port: 22 })))).toEqual([]);
    expect(letters).toHaveLength(1);
    expect(sent.flat()).toHaveLength(1);
  });

  it('what the console refuses for good is put aside with its reason, the rest counts as sent', async () => {
    const refuse = [{ id: inAws().id, reason: 'InvalidInput: Title is too long', isFinal: true }];
    const { run, letters, lines } = makeWorld({ refuse });
    expect(await run(record(inAws()), record(inAws({ port: 22 })))).toEqual([]);
    expect(letters[0]?.reason).toBe(`finding ${inAws().id} was refused: InvalidInput: Title is too long`);
    expect(lines.at(-1)).toBe('findings sent {"findings":1,"refused":1}');
  });

  it('what it does not take now is retried, and nothing else', async () => {
    const refuse = [{ id: inAws().id, reason: 'InvalidAccess: Security Hub is off', isFinal: false }];
    const { run, letters, lines } = makeWorld({ refuse });
    const first = record(inAws({ port: 22 }));
    const second = record(inAws());
    expect(await run(first, second)).toEqual([numberOf(second)]);
    expect(letters).toEqual([]);
    expect(lines[0]).toContain('InvalidAccess: Security Hub is off');
  });

  it('all is retried when the console could not be asked', async () => {
    const { run } = makeWorld({ sendFails: new Error('Rate exceeded') });
    const both = [record(inAws()), record(inAws({ port: 22 }))];
    expect(await run(...both)).toEqual(both.map(numberOf));
  });

  it('the record is retried whose asset could not be read, and the one that could not be put aside', async () => {
    const unread = record(inAws());
    expect(await makeWorld({ assetFails: new Error('busy') }).run(unread)).toEqual([numberOf(unread)]);
    const { run, lines } = makeWorld({ keepFails: new Error('queue is gone') });
    const bad = record(damaged(inAws()));
    expect(await run(bad)).toEqual([numberOf(bad)]);
    expect(lines[0]).toContain('queue is gone');
  });

  it('an answer about a finding that was not sent retries all', async () => {
    const { run } = makeWorld({ refuse: [{ id: 'f-other', reason: 'InvalidInput: x', isFinal: true }] });
    const one = record(inAws());
    expect(await run(one)).toEqual([numberOf(one)]);
  });
});
