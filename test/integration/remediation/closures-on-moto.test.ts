import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STARTS_WITHIN_MS } from '../../support/emulators/emulator-process.ts';
import { describeWith } from '../../support/need.ts';
import { closeAndPutBack } from '../../support/remediation/closure-run.ts';
import { FreshLab } from '../../support/remediation/fresh-lab.ts';
import { labCase } from '../../support/remediation/lab-case.ts';
import { cloudProcess } from '../../support/remediation/lab-world.ts';

/** Random rule sets and close requests; 2,000 by hand, fewer in CI. */
const CASES = Number(process.env['PORTCULLIS_CLOSURES'] ?? '100');
/** 1,000 is one page for all; the others are cut as AWS cuts them. */
const PAGE_SIZES = [1_000, 1_000, 1_000, 5, 6, 7, 13, 100];

describeWith(['moto'], 'random closures, made in EC2', () => {
  const fresh = new FreshLab();

  beforeAll(() => fresh.next(), STARTS_WITHIN_MS);
  afterAll(() => fresh.close());

  it(
    `remove exactly the port from public sources and come back, in ${CASES} cases`,
    async () => {
      const counts = { tcp: 0, udp: 0, refused: 0 };
      const started = performance.now();
      await fc.assert(
        fc.asyncProperty(labCase, fc.constantFrom(...PAGE_SIZES), async (one, pageSize) => {
          const { lab, proxy } = await fresh.next();
          proxy.set(null, { paged: pageSize !== 1_000 });
          const cloud = cloudProcess(proxy.url, pageSize);
          const end = await closeAndPutBack(lab, cloud, one).finally(() => cloud.destroy());
          counts[end === 'closed' ? one.protocol : end] += 1;
        }),
        { numRuns: CASES, endOnFailure: true },
      );
      const seconds = Math.round((performance.now() - started) / 1_000);
      console.log(
        `${CASES} random rule sets and close requests against moto: ${counts.tcp} TCP and ${counts.udp} UDP ports closed and put back, ${counts.refused} refused with nothing to close, 0 differences from the oracle; ${seconds} s`,
      );
      expect(counts.tcp + counts.udp).toBeGreaterThan(CASES / 2);
      expect(counts.udp).toBeGreaterThan(CASES / 10);
    },
    30_000 + CASES * 2_000,
  );
});
