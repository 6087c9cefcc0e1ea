import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds, memory } from '../support/process-usage.ts';
import { median, round } from '../support/stats.ts';

const SAMPLE_EVERY_MS = 5_000;

/** CPU share and memory of a process that is left alone for `seconds`. */
export async function measureIdle(pid: number, seconds: number) {
  const [startedAt, before] = [performance.now(), cpuSeconds(pid)];
  const samples = [memory(pid)];
  while (performance.now() - startedAt < seconds * 1_000) {
    await sleep(SAMPLE_EVERY_MS);
    samples.push(memory(pid));
  }
  const elapsed = (performance.now() - startedAt) / 1_000;
  const [rss, pss] = [samples.map(({ rssMB }) => rssMB), samples.map(({ pssMB }) => pssMB)];
  return {
    seconds: round(elapsed, 1),
    cpuPercentOfOneCore: round(((cpuSeconds(pid) - before) / elapsed) * 100, 2),
    rssMB: { median: round(median(rss), 1), max: round(Math.max(...rss), 1) },
    pssMB: { median: round(median(pss), 1), max: round(Math.max(...pss), 1) },
  };
}
