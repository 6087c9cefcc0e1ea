import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { GetFindingsCommand, type SecurityHubClient } from '@aws-sdk/client-securityhub';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { securityHubClient, securityHubSink } from '../../../adapters/aws/security-hub.ts';
import { toAsff } from '../../../core/emit/asff.ts';
import type { AsffFinding } from '../../../core/emit/asff-shape.ts';
import { defaultProductArn } from '../../../core/emit/place.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { aFinding } from '../../builders/finding.ts';
import { aClosedEndpoint, aFakeEndpoint } from '../../support/aws/fake-endpoint.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { type Emulator, STARTS_WITHIN_MS } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';

function document(over: Partial<Finding> = {}, updatedAt = '2026-03-01T09:00:11.000Z'): AsffFinding {
  const finding = aFinding({ account: '123456789012', region: 'us-east-1', ...over });
  return toAsff(finding, {
    account: '123456789012',
    productArn: defaultProductArn('123456789012', 'us-east-1'),
    updatedAt,
    networkInterface: 'eni-0123456789abcdef0',
  });
}

const many = (count: number) => Array.from({ length: count }, (_, i) => document({ port: i + 1 }));

describeWith(['moto'], 'Security Hub of moto', () => {
  let moto: Emulator;
  let client: SecurityHubClient;

  beforeAll(async () => {
    moto = await startMoto();
    client = securityHubClient(emulatorClientConfig(moto.url));
  }, STARTS_WITHIN_MS);
  afterAll(async () => {
    client.destroy();
    await moto.close();
  });

  it('takes 250 findings, and the closure of one of them', async () => {
    const sink = securityHubSink(client);
    const all = many(250);
    expect(await sink.send(all)).toEqual([]);
    const closed = document({ port: 7, status: 'closed', version: 2 }, '2026-03-01T09:05:00.000Z');
    expect(await sink.send([closed])).toEqual([]);

    const kept = new Map<string | undefined, unknown>();
    let NextToken: string | undefined;
    do {
      const page = await client.send(new GetFindingsCommand({ MaxResults: 100, NextToken }));
      for (const finding of page.Findings ?? []) kept.set(finding.Id, finding);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(kept.size).toBe(250);
    expect(kept.get(closed.Id)).toEqual(closed);
    expect(kept.get(all[0]?.Id)).toEqual(all[0]);
  });

  it('names the finding it does not take', async () => {
    const bad = { ...document({ port: 9_999 }), Resources: [] };
    expect(await securityHubSink(client).send([document(), bad])).toEqual([
      { id: bad.Id, reason: expect.stringMatching(/^InvalidInput: .*at least one resource/) as string, isFinal: true },
    ]);
  });
});

describe('Security Hub in trouble', () => {
  /** What a batch is answered: status and body. */
  let answer: (findings: { Id: string; Title: string }[]) => { status: number; type?: string; body: object };
  let batches: string[][];
  let client: SecurityHubClient;

  beforeEach(async () => {
    batches = [];
    const url = await aFakeEndpoint((request, response) => void answerTo(request, response));
    client = securityHubClient(emulatorClientConfig(url));
  });
  afterEach(() => client.destroy());

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { Findings } = (await json(request)) as { Findings: { Id: string; Title: string }[] };
    batches.push(Findings.map(({ Id }) => Id));
    const { status, type, body } = answer(Findings);
    response.writeHead(status, { 'content-type': 'application/json', ...(type && { 'x-amzn-errortype': type }) });
    response.end(JSON.stringify(body));
  }

  const taken = (findings: readonly unknown[]) => ({
    status: 200,
    body: { SuccessCount: findings.length, FailedCount: 0, FailedFindings: [] },
  });

  it('gets at most 100 a call, every finding once, and no call for none', async () => {
    answer = taken;
    const all = many(301);
    await securityHubSink(client).send(all);
    expect(batches.map((batch) => batch.length)).toEqual([100, 100, 100, 1]);
    expect(batches.flat()).toEqual(all.map(({ Id }) => Id));
    await securityHubSink(client).send([]);
    expect(batches).toHaveLength(4);
  });

  it('that refuses findings one by one is told by id and reason, and whether it is final', async () => {
    const [one, two, three] = many(3);
    answer = () => ({
      status: 200,
      body: {
        SuccessCount: 1,
        FailedCount: 2,
        FailedFindings: [
          { Id: one?.Id, ErrorCode: 'InvalidInput', ErrorMessage: 'Title is too long' },
          { Id: two?.Id, ErrorCode: 'InvalidAccess', ErrorMessage: 'Security Hub is not enabled' },
        ],
      },
    });
    expect(await securityHubSink(client).send([one!, two!, three!])).toEqual([
      { id: one?.Id, reason: 'InvalidInput: Title is too long', isFinal: true },
      { id: two?.Id, reason: 'InvalidAccess: Security Hub is not enabled', isFinal: false },
    ]);
  });

  it.each([
    [429, 'TooManyRequestsException', 'Rate exceeded'],
    [429, 'LimitExceededException', 'The request was throttled'],
    [401, 'InvalidAccessException', 'Account 123456789012 is not subscribed to AWS Security Hub'],
    [403, 'AccessDeniedException', 'not authorized to perform: securityhub:BatchImportFindings'],
    [500, 'InternalException', 'Internal server error'],
  ])('with status %d %s is an error in its own words, for the caller to retry', async (status, type, message) => {
    answer = () => ({ status, type, body: { Message: message, message } });
    await expect(securityHubSink(client).send(many(2))).rejects.toThrow(message);
  });

  it('that refuses a whole batch for one finding still gets the others', async () => {
    const all = many(100);
    const bad = all[41]!;
    answer = (findings) =>
      findings.some(({ Id }) => Id === bad.Id)
        ? {
            status: 400,
            type: 'InvalidInputException',
            body: { Message: 'Invalid parameter', message: 'Invalid parameter' },
          }
        : taken(findings);
    const refused = await securityHubSink(client).send(all);
    expect(refused).toEqual([{ id: bad.Id, reason: 'InvalidInputException: Invalid parameter', isFinal: true }]);
    const good = batches.filter((batch) => !batch.includes(bad.Id)).flat();
    expect(new Set(good)).toEqual(new Set(all.filter(({ Id }) => Id !== bad.Id).map(({ Id }) => Id)));
    expect(good).toHaveLength(99);
  });

  it('that cannot be reached is an error', async () => {
    const unreachable = securityHubClient(emulatorClientConfig(await aClosedEndpoint()));
    onTestFinished(() => unreachable.destroy());
    await expect(securityHubSink(unreachable).send(many(1))).rejects.toThrow('ECONNREFUSED');
  });

  it('that does not name what it refused is an error', async () => {
    answer = () => ({ status: 200, body: { SuccessCount: 1, FailedCount: 1 } });
    await expect(securityHubSink(client).send(many(2))).rejects.toThrow('refused 1 findings and named 0 of them');
  });
});
