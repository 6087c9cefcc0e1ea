import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STARTS_WITHIN_MS } from '../../support/emulators/emulator-process.ts';
import { describeWith } from '../../support/need.ts';
import { endOf } from '../../support/remediation/expected-end.ts';
import { faultCase } from '../../support/remediation/fault-case.ts';
import { runFaultCase } from '../../support/remediation/fault-run.ts';
import { FreshLab } from '../../support/remediation/fresh-lab.ts';

/** Changes with a fault each; 500 by hand, fewer in CI. */
const CASES = Number(process.env['PORTCULLIS_FAULTS'] ?? '40');

describeWith(['moto'], 'changes of security groups while calls fail', () => {
  const fresh = new FreshLab();

  beforeAll(() => fresh.next(), STARTS_WITHIN_MS);
  afterAll(() => fresh.close());

  it(
    `end before or after, the record says which, and nobody is shut out on the way, in ${CASES} random cases`,
    async () => {
      const ends = new Map<string, number>();
      let [changes, broken, outlasted] = [0, 0, 0];
      const started = performance.now();
      await fc.assert(
        fc.asyncProperty(faultCase, async (one) => {
          const result = await runFaultCase(await fresh.next(), one);
          if (result === null) return;
          const end = endOf(one, result);
          expect([end, result]).not.toEqual(['neither', result]);
          ends.set(end, (ends.get(end) ?? 0) + 1);
          changes += 1;
          broken += result.hits;
          outlasted += Number(result.outlasted);
        }),
        { numRuns: CASES, endOnFailure: true },
      );
      const counted = [...ends].map(([end, count]) => `${count} ${end}`).sort();
      const seconds = Math.round((performance.now() - started) / 1_000);
      console.log(
        `${changes} of ${CASES} changes with a fault each (${CASES - changes} had nothing to close; ${broken} calls broken; ${outlasted} ended only when the fault had passed): ${counted.join('; ')}; 0 neither; ${seconds} s`,
      );
      expect(changes).toBeGreaterThan(CASES / 2);
    },
    30_000 + CASES * 4_000,
  );
});
