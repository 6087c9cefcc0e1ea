import { expect, it } from 'vitest';
import type { Shard } from '../../../core/planning/shard.ts';
import type { Engine, ScanJob } from '../../../fargate-scanner/engines/engine.ts';
import { makeScan } from '../../../fargate-scanner/make-scan.ts';
import { aShard } from '../../builders/shard.ts';
import { noEngines, usable } from '../../support/scanner/engines.ts';
import { NOTHING_FORBIDDEN } from '../../support/scanner/nothing-forbidden.ts';

const OWN = '198.51.100.7';

/** An engine that says which rates it was given, and ends when it is told to. */
function heldEngine(name: string): Engine & { jobs: ScanJob[]; finish: () => void } {
  const waiting: (() => void)[] = [];
  const jobs: ScanJob[] = [];
  return {
    name,
    jobs,
    finish: () => waiting.splice(0).forEach((end) => end()),
    async *scan(job) {
      jobs.push(job);
      await new Promise<void>((resolve) => waiting.push(resolve));
      yield { kind: 'done', complete: true, probes: 0 } as const;
    },
  };
}

function scanner() {
  const engines = { syn: heldEngine('syn'), nmap: heldEngine('nmap') };
  const small = { syn: heldEngine('syn'), nmap: heldEngine('nmap') };
  const shard = aShard({ addresses: ['192.0.2.1', '192.0.2.2'] });
  const scan = makeScan({
    ...NOTHING_FORBIDDEN,
    clock: { now: () => shard.createdAt },
    rate: 5_000,
    addressRates: { owner: 400, small: 100 },
    concurrency: { priority: 1, bulk: 1, backstop: 1 },
    ownAddresses: () => new Set([OWN]),
    engines: noEngines({ syn: usable(engines.syn), nmap: usable(engines.nmap) }),
    smallEngines: noEngines({ syn: usable(small.syn), nmap: usable(small.nmap) }),
  });
  const call = { lane: 'bulk', signal: new AbortController().signal, onProgress: () => undefined } as const;
  const begin = async (engine: ReturnType<typeof heldEngine>, over: Partial<Shard>, owner = false) => {
    const before = engine.jobs.length;
    const ended = scan({ ...shard, ...over }, { ...call, owner });
    await expect.poll(() => engine.jobs.length).toBe(before + 1);
    return { ended, rates: engine.jobs.at(-1)?.targets.map(({ rate }) => rate) };
  };
  return { engines, small, begin };
}

it('a shard that leases its addresses has the owner’s rate at each, in an engine apart from small shards', async () => {
  const { engines, small, begin } = scanner();
  expect((await begin(engines.syn, {}, true)).rates).toEqual([400, 400]);
  expect((await begin(small.syn, {})).rates).toEqual([50, 50]);
  expect(engines.syn.jobs).toHaveLength(1);
});

it('small shards share what is theirs by engine, and get it back from those that have ended', async () => {
  const { small, begin } = scanner();
  const first = await begin(small.syn, {});
  const second = await begin(small.nmap, { addresses: ['192.0.2.1', '192.0.2.3'], engine: 'nmap' });
  expect([first.rates, second.rates]).toEqual([
    [50, 50],
    [25, 50],
  ]);
  // Of the same engine: it keeps both below the one rate.
  const third = await begin(small.syn, { addresses: ['192.0.2.1'] });
  expect(third.rates).toEqual([50]);
  small.syn.finish();
  small.nmap.finish();
  await Promise.all([first.ended, second.ended, third.ended]);
  expect((await begin(small.nmap, { engine: 'nmap' })).rates).toEqual([50, 50]);
});

it('this machine’s own addresses have no rate', async () => {
  const { small, begin } = scanner();
  expect((await begin(small.nmap, { addresses: [OWN, '192.0.2.1'], engine: 'nmap' })).rates).toEqual([null, 50]);
});
