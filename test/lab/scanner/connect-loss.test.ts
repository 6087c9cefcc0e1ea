import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { type Lab, makeLab, OPEN_PORTS } from '../../support/lab/lab.ts';
import { describeWith } from '../../support/need.ts';
import { aNamespace } from '../../support/scanner/namespace.ts';
import type { ChildJob, ChildResult } from '../../support/scanner/scan-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/scan-child.ts', import.meta.url));
const OPEN = PortSet.from(OPEN_PORTS).toString();

describeWith(['root', 'ip', 'nft'], 'the connect engine at the rate it chooses itself', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await makeLab();
  });
  afterAll(async () => {
    await lab.remove();
  });

  function scan(job: Omit<ChildJob, 'address'>): ChildResult {
    const [address = ''] = lab.targets.v4;
    const command = [...lab.inside, process.execPath, CHILD, JSON.stringify({ address, ...job })];
    const [file = '', ...args] = command;
    return JSON.parse(execFileSync(file, args, { encoding: 'utf8', timeout: 60_000 })) as ChildResult;
  }

  it.each([1, 2])(
    'finds all among 65,535 closed ports in %d thread(s), and takes none for filtered',
    async (threads) => {
      await lab.set({ silence: 'closed', lossPercent: 0, rttMs: 0 });
      const { states } = scan({ ports: '1-65535', threads });
      expect(states).toEqual({ open: OPEN, closed: PortSet.ALL.subtract(PortSet.parse(OPEN)).toString() });
    },
  );

  // What two SYNs of one try miss of 12 open ports: 0.5 % of the runs at 1 % each way, 11 % at 5 %; three tries: less than one run in 90,000.
  it.each([
    [1, 'dropped'],
    [5, 'dropped'],
    [5, 'closed'],
  ] as const)(
    'finds all when %d per cent of the packets are lost each way and the rest is %s',
    async (lossPercent, silence) => {
      await lab.set({ silence, lossPercent, rttMs: 0 });
      const { states } = scan({ ports: `1-600,${OPEN}`, tries: 3 });
      expect(states['open']).toBe(OPEN);
      expect(states['unknown']).toBeUndefined();
    },
  );
});

describeWith(['root', 'ip', 'nft'], 'the time limit of the connect engine', () => {
  /** SYNs that each of twenty silent ports got when `ports` were scanned with a time limit of four SYNs. */
  async function synsPerPort(ports: string): Promise<number> {
    const lab = aNamespace('10.209.1.2/32');
    await lab.run(
      ['nft', '-f', '-'],
      'table inet lab { counter syns { }; chain input { type filter hook input priority 0; tcp flags syn / syn,ack tcp dport 20000-20019 counter name syns drop; }; }',
    );
    const job: ChildJob = { address: '10.209.1.2', ports, timeoutMs: 3_250, rate: 20_000 };
    const { states } = JSON.parse(await lab.run([process.execPath, CHILD, JSON.stringify(job)])) as ChildResult;
    expect(states['filtered']).toBe('20000-20019');
    const text = await lab.run(['nft', 'list', 'counter', 'inet', 'lab', 'syns']);
    return Number(/packets (\d+)/.exec(text)?.[1]) / 20;
  }

  it('waits for the whole limit where nothing was measured', async () => {
    expect(await synsPerPort('20000-20019')).toBeGreaterThanOrEqual(3);
  });

  it('waits for two SYNs where a thousand answers came without a loss', async () => {
    const syns = await synsPerPort('1-1000,20000-20019');
    expect(syns).toBeGreaterThanOrEqual(2);
    expect(syns).toBeLessThan(3);
  });
});
