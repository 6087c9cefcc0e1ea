import { residentMB } from '../support/process-usage.ts';
import { median, round, slope } from '../support/stats.ts';

const SAMPLE_EVERY_MS = 2_000;

/** All in MB (10^6 bytes). */
interface Sample {
  readonly minutes: number;
  readonly anonymous: number;
  readonly file: number;
  readonly heapUsed: number;
}

/** Memory of this process while something goes on in it. */
export class MemorySamples {
  readonly #samples: Sample[] = [];
  readonly #startedAt = performance.now();
  readonly #timer = setInterval(() => this.#take(), SAMPLE_EVERY_MS);

  stop(): void {
    clearInterval(this.#timer);
  }

  report() {
    const third = Math.floor(this.#samples.length / 3);
    const [first, last] = [this.#samples.slice(0, third), this.#samples.slice(-third)];
    const of = (pick: (sample: Sample) => number) => ({
      firstThirdMedian: round(median(first.map(pick)), 1),
      lastThirdMedian: round(median(last.map(pick)), 1),
      growth: round(median(last.map(pick)) / median(first.map(pick)) - 1),
      slopePerMinute: round(slope(this.#samples.map((sample) => ({ x: sample.minutes, y: pick(sample) }))), 2),
      max: round(Math.max(...this.#samples.map(pick)), 1),
    });
    return {
      unit: 'MB',
      samples: this.#samples.length,
      anonymous: of((sample) => sample.anonymous),
      heapUsed: of((sample) => sample.heapUsed),
      file: of((sample) => sample.file),
      resident: of((sample) => sample.anonymous + sample.file),
    };
  }

  #take(): void {
    const minutes = (performance.now() - this.#startedAt) / 60_000;
    const { anonymousMB, fileMB } = residentMB(process.pid);
    const heapUsed = process.memoryUsage().heapUsed / 1e6;
    this.#samples.push({ minutes, anonymous: anonymousMB, file: fileMB, heapUsed });
  }
}
