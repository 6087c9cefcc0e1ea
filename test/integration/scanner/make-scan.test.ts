import { describe, expect, it } from 'vitest';
import { Exclusions } from '../../../core/net/exclusions.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import { makeScan } from '../../../fargate-scanner/make-scan.ts';
import { aShard } from '../../builders/shard.ts';

const syn: Engine = {
  name: 'syn',
  scan() {
    throw new Error('nothing may be scanned here');
  },
};

/** The engine a shard would be scanned with: the kill switch is on, so nothing is sent. */
async function engineOf(over: Partial<Shard>, with_: Engine | null = syn): Promise<string> {
  const shard = aShard(over);
  const scan = makeScan({
    exclusions: Exclusions.NONE,
    recheck: async ({ addresses }) => ({ ours: new Set(addresses) }),
    clock: { now: () => shard.createdAt },
    killSwitch: { read: async () => ({ on: true, reason: 'test' }) },
    rate: 5_000,
    perAddressRate: 500,
    concurrency: { priority: 1, bulk: 1, backstop: 1 },
    ownAddresses: () => new Set(['198.51.100.7']),
    loopback: true,
    syn: with_,
  });
  const result = await scan(shard, { lane: 'bulk', signal: new AbortController().signal, onProgress: () => undefined });
  expect(result.status).toBe('failed');
  return result.engine;
}

describe('the engine of a shard', () => {
  it('is syn for sweeps of other machines, where there is one', async () => {
    const over = { purpose: 'sweep', addresses: ['192.0.2.9', '2001:db8::9'] } as const;
    const shard = { ...over, addresses: [...over.addresses] };
    expect([await engineOf(shard), await engineOf(shard, null)]).toEqual(['syn', 'connect']);
  });

  it('is connect for this machine itself', async () => {
    for (const own of ['127.0.0.1', '127.8.8.8', '::1', '198.51.100.7', '::ffff:198.51.100.7']) {
      expect(await engineOf({ purpose: 'sweep', addresses: ['192.0.2.9', own] })).toBe('connect');
    }
  });

  it('is connect for what must be a finished handshake: confirmations and verifications', async () => {
    for (const purpose of ['confirm', 'verify'] as const) {
      expect(await engineOf({ purpose, addresses: ['192.0.2.9'] })).toBe('connect');
    }
  });
});
