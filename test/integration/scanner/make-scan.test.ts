import { describe, expect, it } from 'vitest';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { TASKS } from '../../../core/planning/catalogue.ts';
import { LIVENESS_TASK } from '../../../core/planning/liveness-task.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import type { Engines } from '../../../fargate-scanner/engines/engines.ts';
import { makeScan } from '../../../fargate-scanner/make-scan.ts';
import { aShard } from '../../builders/shard.ts';
import { noEngines, unusable, usable } from '../../support/scanner/engines.ts';
import { NOTHING_FORBIDDEN } from '../../support/scanner/nothing-forbidden.ts';

const named = (name: string): Engine => ({
  name,
  scan() {
    throw new Error('nothing may be scanned here');
  },
});
const SYN = { syn: usable(named('syn')) };
const ELSEWHERE: Partial<Shard> = { purpose: 'sweep', addresses: ['192.0.2.9', '2001:db8::9'] };

/** What a shard would be scanned with: the kill switch is on, so nothing is sent. */
async function resultOf(over: Partial<Shard>, engines: Partial<Engines> = SYN): Promise<ShardResult> {
  const shard = aShard(over);
  const scan = makeScan({
    ...NOTHING_FORBIDDEN,
    clock: { now: () => shard.createdAt },
    killSwitch: { read: async () => ({ on: true, reason: 'test' }) },
    rate: 5_000,
    addressRates: { owner: 400, small: 100 },
    concurrency: { priority: 1, bulk: 1, backstop: 1 },
    ownAddresses: () => new Set(['198.51.100.7']),
    loopback: true,
    engines: noEngines(engines),
    smallEngines: noEngines(engines),
  });
  const result = await scan(shard, { lane: 'bulk', signal: new AbortController().signal, onProgress: () => undefined });
  expect(result.status).toBe('failed');
  return result;
}

const KILLED = { reason: 'kill switch: test' };

describe('the engine of a shard', () => {
  it('is syn for sweeps of other machines, where it works', async () => {
    expect(await resultOf(ELSEWHERE)).toMatchObject({ engine: 'syn', whyNotBetter: null, ...KILLED });
  });

  it('is connect where syn does not work, with the reason', async () => {
    expect(await resultOf(ELSEWHERE, { syn: unusable('CAP_NET_RAW is missing') })).toMatchObject({
      engine: 'connect',
      whyNotBetter: 'CAP_NET_RAW is missing',
      ...KILLED,
    });
  });

  it('is connect for this machine itself', async () => {
    for (const own of ['127.0.0.1', '127.8.8.8', '::1', '198.51.100.7', '::ffff:198.51.100.7']) {
      expect(await resultOf({ purpose: 'sweep', addresses: [own] })).toMatchObject({
        engine: 'connect',
        whyNotBetter: "it looks at this machine's own addresses",
        ...KILLED,
      });
    }
  });

  it('is both where an address of this machine is among others, also for the liveness task', async () => {
    const mixed: Partial<Shard> = { purpose: 'sweep', addresses: ['192.0.2.9', '198.51.100.7'] };
    const whyNotBetter = "connections for this machine's own addresses";
    expect(await resultOf(mixed)).toMatchObject({ engine: 'syn+connect', whyNotBetter, ...KILLED });
    const row0 = { ...mixed, taskId: LIVENESS_TASK };
    expect(await resultOf(row0)).toMatchObject({ engine: 'liveness+syn+connect', whyNotBetter, ...KILLED });
    expect(await resultOf(mixed, { syn: unusable('CAP_NET_RAW is missing') })).toMatchObject({
      engine: 'connect',
      whyNotBetter: 'CAP_NET_RAW is missing',
    });
  });

  it('is connect for what must be a finished handshake: confirmations and verifications', async () => {
    for (const purpose of ['confirm', 'verify'] as const) {
      const result = await resultOf({ purpose, addresses: ['192.0.2.9'] });
      expect(result).toMatchObject({ engine: 'connect', whyNotBetter: 'only a finished handshake proves an answer' });
    }
  });
});

describe('the liveness task', () => {
  it('is scanned by the engine that looks for any answer, with the ports left to the best one', async () => {
    const row0 = { ...ELSEWHERE, taskId: '0' };
    expect(await resultOf(row0)).toMatchObject({ engine: 'liveness+syn', whyNotBetter: null, ...KILLED });
    expect(await resultOf(row0, { syn: unusable('CAP_NET_RAW is missing') })).toMatchObject({
      engine: 'liveness+connect',
      whyNotBetter: 'CAP_NET_RAW is missing',
      ...KILLED,
    });
  });

  it('is the row of that name in the catalogue', () => {
    expect(TASKS.find(({ id }) => id === LIVENESS_TASK)).toMatchObject({ name: 'liveness', ports: 'liveness' });
  });
});

describe('an engine that was asked for', () => {
  it('is used, also where another one is better', async () => {
    const all = { ...SYN, masscan: usable(named('masscan 1.3.2')), nmap: usable(named('nmap 7.95')) };
    const used = async (engine: NonNullable<Shard['engine']>) => (await resultOf({ ...ELSEWHERE, engine }, all)).engine;
    expect(await used('connect')).toBe('connect');
    expect(await used('syn')).toBe('syn');
    expect(await used('masscan')).toBe('masscan 1.3.2');
    expect(await used('nmap')).toBe('nmap 7.95');
    expect(await resultOf({ addresses: ['127.0.0.1'], engine: 'syn' })).toMatchObject({ engine: 'syn', ...KILLED });
  });

  it('is told apart from the best one when it is connect', async () => {
    const { whyNotBetter } = await resultOf({ ...ELSEWHERE, engine: 'connect' });
    expect(whyNotBetter).toBe('connect was asked for');
  });

  it('is replaced by no other one when it cannot be used: nothing is scanned, and the reason says why', async () => {
    for (const engine of ['syn', 'masscan', 'nmap'] as const) {
      const result = await resultOf({ ...ELSEWHERE, engine }, { [engine]: unusable('it is not installed') });
      const reason = `${engine} was asked for: it is not installed`;
      expect(result).toMatchObject({ engine: 'none', reason, results: [] });
    }
  });
});
