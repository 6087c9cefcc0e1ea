import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';
import { describeWith } from '../../support/need.ts';
import { aJob, collect } from '../../support/scanner/engine.ts';
import { engineContract } from './engine.contract.ts';

const WORKER = new URL('../../../fargate-scanner/engines/syn/worker.ts', import.meta.url);

describeWith(['root'], 'the syn engine', () => {
  engineContract(() => synEngine());

  it('tells every port once when its thread is killed in the middle: what it had not told is unknown', async () => {
    const threads: Worker[] = [];
    const engine = synEngine({
      makeThread: () => {
        threads.push(new Worker(WORKER));
        return threads.at(-1)!;
      },
    });
    const running = collect(engine, aJob('1-20000', { rate: 1_000 }));
    setTimeout(() => void threads[0]?.terminate(), 500);
    const { seen, events } = await running;
    expect(events.at(-1)).toMatchObject({ kind: 'done', complete: false });
    expect([seen.length, new Set(seen.map(({ port }) => port)).size]).toEqual([20_000, 20_000]);
    expect(seen.filter(({ state }) => state === 'filtered')).toEqual([]);
    expect(seen.filter(({ state }) => state === 'unknown').length).toBeGreaterThan(0);
    expect((await collect(engine, aJob('1-100'))).events.at(-1)).toMatchObject({ complete: true });
  });
});
