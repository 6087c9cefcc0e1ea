import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FaultProxy } from '../../support/aws/fault-proxy.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';
import { ClosureLab } from '../../support/remediation/closure-lab.ts';
import { closeAndPutBack } from '../../support/remediation/closure-run.ts';
import { labCase } from '../../support/remediation/lab-case.ts';
import { cloudProcess, type CloudProcess } from '../../support/remediation/lab-world.ts';
import { LISTS } from '../../unit/remediation/security-groups/arbitrary-closures.ts';

/** Random rule sets and close requests; 2,000 by hand, fewer in CI. */
const CASES = Number(process.env['PORTCULLIS_CLOSURES'] ?? '100');
/** 1,000 is one page for all; the others are cut as AWS cuts them. */
const PAGE_SIZES = [1_000, 1_000, 1_000, 5, 6, 7, 13, 100];

describeWith(['moto'], 'random closures, made in EC2', () => {
  let moto: Emulator;
  let proxy: FaultProxy;
  let lab: ClosureLab;
  const clouds = new Map<number, CloudProcess>();

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await FaultProxy.start(moto.url);
    lab = await ClosureLab.start(moto.url, LISTS);
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    for (const cloud of clouds.values()) cloud.destroy();
    lab.ec2.destroy();
    await proxy.close();
    await moto.close();
  });

  function cloudWith(pageSize: number): CloudProcess {
    const cloud = clouds.get(pageSize) ?? cloudProcess(proxy.url, pageSize);
    clouds.set(pageSize, cloud);
    return cloud;
  }

  it(
    `remove exactly the port from public sources and come back, in ${CASES} cases`,
    async () => {
      const counts = { closed: 0, refused: 0 };
      const started = performance.now();
      await fc.assert(
        fc.asyncProperty(labCase, fc.constantFrom(...PAGE_SIZES), async (one, pageSize) => {
          proxy.set(null, { paged: pageSize !== 1_000 });
          counts[await closeAndPutBack(lab, cloudWith(pageSize), one)] += 1;
        }),
        { numRuns: CASES, endOnFailure: true },
      );
      const seconds = Math.round((performance.now() - started) / 1_000);
      console.log(
        `${CASES} random rule sets and close requests against moto: ${counts.closed} closed and put back, ${counts.refused} refused with nothing to close, 0 differences from the oracle; ${seconds} s`,
      );
      expect(counts.closed).toBeGreaterThan(CASES / 2);
    },
    30_000 + CASES * 2_000,
  );
});
