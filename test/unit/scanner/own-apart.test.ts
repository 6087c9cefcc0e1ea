import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Engine, EngineEvent, ScanJob } from '../../../fargate-scanner/engines/engine.ts';
import { ownApart } from '../../../fargate-scanner/engines/own-apart.ts';
import { aJob, runEngine } from '../../support/scanner/run-engine.ts';

/** Says `open` of port 80 of each target. Keeps what it was asked. */
function anEngine(name: string): Engine & { readonly jobs: ScanJob[] } {
  const jobs: ScanJob[] = [];
  return {
    name,
    jobs,
    async *scan(job): AsyncGenerator<EngineEvent> {
      jobs.push(job);
      for (const { address } of job.targets) {
        const seen = { address, ports: [80], state: 'open', reason: name, rttMs: 1, tries: 1 } as const;
        yield { kind: 'observations', observations: [seen] };
      }
      yield { kind: 'done', complete: true, probes: job.targets.length };
    },
  };
}

const OWN = '192.0.2.1';
const isOwn = (address: string): boolean => address === OWN;

it("looks at this machine's own address with one engine and at the others with the other", async () => {
  const [own, others] = [anEngine('connect'), anEngine('syn')];
  const engine = ownApart({ own, others, isOwn });
  const { states, done } = await runEngine(engine, aJob({ [OWN]: '80', '192.0.2.2': '80', '192.0.2.3': '80' }));
  expect(engine.name).toBe('syn+connect');
  expect(states).toEqual({
    [OWN]: { 'open (connect)': '80' },
    '192.0.2.2': { 'open (syn)': '80' },
    '192.0.2.3': { 'open (syn)': '80' },
  });
  expect(done).toMatchObject({ kind: 'done', complete: true, probes: 3 });
});

it('lets both keep to the rate of the job together', async () => {
  const [own, others] = [anEngine('connect'), anEngine('syn')];
  await runEngine(ownApart({ own, others, isOwn }), aJob({ [OWN]: '80', '192.0.2.2': '80' }, { rate: 100 }));
  const [of, ofOthers] = [own.jobs[0]?.shared, others.jobs[0]?.shared];
  const now = performance.now();
  const before = of?.available(now) ?? 0;
  ofOthers?.take();
  expect(before).toBeGreaterThan(0);
  expect(of?.available(now)).toBe(before - 1);
});

it('tells both to stop, and is not complete when one of them is not', async () => {
  const told: string[] = [];
  const stopping = new AbortController();
  const slow = (name: string): Engine => ({
    name,
    async *scan(_job, signal): AsyncGenerator<EngineEvent> {
      yield { kind: 'progress', done: 0, total: 1, rate: 0 };
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      told.push(name);
      yield { kind: 'done', complete: name === 'syn', probes: 0 };
    },
  });
  const job = { ...aJob({ [OWN]: '80' }), targets: [{ address: OWN, ports: PortSet.of(80), rate: null }] };
  const running = runEngine(ownApart({ own: slow('connect'), others: slow('syn'), isOwn }), job, stopping.signal);
  stopping.abort();
  expect((await running).done).toMatchObject({ complete: false });
  expect(told.toSorted()).toEqual(['connect', 'syn']);
});
