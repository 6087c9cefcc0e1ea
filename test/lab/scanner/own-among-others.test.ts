import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { LIVENESS_TASK } from '../../../core/planning/liveness-task.ts';
import { aShard } from '../../builders/shard.ts';
import { describeWith } from '../../support/need.ts';
import { TARGET, twoPlaces } from '../../support/scanner/network-lab.ts';

const LISTENERS = new URL('../../support/lab/listeners.ts', import.meta.url);
const CHILD = fileURLToPath(new URL('../../support/scanner/shard-child.ts', import.meta.url));
const OWN = { four: '10.210.0.1', six: 'fd00:210::1' } as const;

describeWith(['root', 'ip'], "a shard with this machine's own addresses among others", () => {
  it.each([
    ['2', 'syn+connect'],
    [LIVENESS_TASK, 'liveness+syn+connect'],
  ])('looks at those alone by connections, at the others by SYN, and says so (task %s)', async (taskId, engine) => {
    const { scanner, target } = twoPlaces();
    await Promise.all([scanner.serve(LISTENERS, '22'), target.listen([80])]);
    const addresses = [OWN.four, TARGET.four, OWN.six, TARGET.six];
    const shard = aShard({ taskId, addresses, ports: '1-100', tries: 2, timeoutMs: 1_000 });
    const result = JSON.parse(await scanner.run([process.execPath, CHILD, JSON.stringify(shard)])) as ShardResult;
    expect(result).toMatchObject({
      engine,
      whyNotBetter: "connections for this machine's own addresses",
      status: 'complete',
      reason: null,
      estimate: { loss: 0, receiveDrops: 0 },
    });
    const seen = result.results.map(({ address, open, closed }) => [
      address,
      open.map(({ port, reason }) => `${port} ${reason}`),
      closed,
    ]);
    expect(seen).toEqual([
      [OWN.four, ['22 connected'], '1-21,23-100'],
      [TARGET.four, ['80 syn-ack'], '1-79,81-100'],
      [OWN.six, ['22 connected'], '1-21,23-100'],
      [TARGET.six, ['80 syn-ack'], '1-79,81-100'],
    ]);
  });
});
