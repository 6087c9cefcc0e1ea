import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Conditions, type Lab, makeLab, OPEN_PORTS } from '../../support/lab/lab.ts';
import { describeWith } from '../../support/need.ts';

const CLOSED: Conditions = { silence: 'closed', lossPercent: 0, rttMs: 0 };
const KNOCK = fileURLToPath(new URL('../../support/lab/knock.ts', import.meta.url));
const MAKE_AND_WAIT = fileURLToPath(new URL('../../support/lab/make-and-wait.ts', import.meta.url));
const namespaces = (): string => execFileSync('ip', ['netns', 'list'], { encoding: 'utf8', stdio: 'pipe' });

interface Knocked {
  readonly open: readonly number[];
  readonly closed: readonly number[];
  readonly silent: readonly number[];
  readonly leastMs: number | null;
}

describeWith(['root', 'ip', 'nft', 'cc'], 'the lab that scans are tried in', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await makeLab({ hosts: 256 });
  });
  afterAll(async () => {
    await lab.remove();
  });

  function knock(address: string, ports: string, limitMs: number): Knocked {
    const [command, ...args] = [...lab.inside, process.execPath, KNOCK, address, ports, String(limitMs)];
    return JSON.parse(execFileSync(command, args, { encoding: 'utf8', timeout: 20_000 })) as Knocked;
  }
  const open = OPEN_PORTS.join(',');

  test('twelve ports are open at the first and at the last address of both families, and the others refuse', async () => {
    await lab.set(CLOSED);
    for (const addresses of [lab.targets.v4, lab.targets.v6]) {
      expect(addresses).toHaveLength(256);
      for (const address of [addresses.at(0), addresses.at(-1)]) {
        const seen = knock(address ?? '', `${open},1-20,60000-60020`, 2_000);
        expect(seen.open.toSorted((a, b) => a - b)).toEqual(OPEN_PORTS);
        expect(seen.closed).toHaveLength(41);
      }
    }
  });

  test.each(['dropped', 'ingress'] as const)('when %s, what is not open sends nothing back', async (silence) => {
    await lab.set({ ...CLOSED, silence });
    for (const [address = ''] of [lab.targets.v4, lab.targets.v6]) {
      knock(address, '22', 2_000);
      const before = lab.packets();
      const seen = knock(address, '101-200', 300);
      const after = lab.packets();
      expect(seen.silent).toHaveLength(100);
      expect(after.arrived - before.arrived).toBeGreaterThanOrEqual(100);
      // Address resolution may speak; TCP does not.
      expect(after.left - before.left).toBeLessThan(10);
      expect(knock(address, open, 2_000).open).toHaveLength(12);
    }
  });

  test('of packets each way the given part is lost', async () => {
    await lab.set({ ...CLOSED, lossPercent: 5 });
    // No SYN is sent again within 300 ms, so 1 - 0.95 x 0.95 = 9.75 % of 2,000 are silent: 195, with a standard deviation of 13.
    const { silent, closed } = knock(lab.targets.v4[0] ?? '', '30001-32000', 300);
    expect(silent.length + closed.length).toBe(2_000);
    expect(silent.length).toBeGreaterThan(195 - 6 * 13);
    expect(silent.length).toBeLessThan(195 + 6 * 13);
  });

  test('an answer takes the round trip that was asked for, and loss works with it', async () => {
    await lab.set({ ...CLOSED, rttMs: 100 });
    for (const [address = ''] of [lab.targets.v4, lab.targets.v6]) {
      const seen = knock(address, `${open},1-20`, 2_000);
      expect(seen.open).toHaveLength(12);
      expect(seen.leastMs).toBeGreaterThanOrEqual(100);
    }
    await lab.set({ silence: 'closed', lossPercent: 50, rttMs: 20 });
    const lossy = knock(lab.targets.v4[0] ?? '', '30001-30400', 500);
    expect(lossy.leastMs).toBeGreaterThanOrEqual(20);
    // 75 % of 400: 300, with a standard deviation of 9.
    expect(lossy.silent.length).toBeGreaterThan(300 - 6 * 9);
    await lab.set(CLOSED);
    expect(knock(lab.targets.v4[0] ?? '', '30001-30400', 2_000).closed).toHaveLength(400);
  });

  test('a lab is gone when it is removed, and when its program is killed', async () => {
    const small = await makeLab();
    expect(namespaces()).toContain(small.target);
    await small.remove();
    expect(namespaces()).not.toContain(small.scanner);
    expect(namespaces()).not.toContain(small.target);

    const child = spawn(process.execPath, [MAKE_AND_WAIT], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const names = JSON.parse(line.toString()) as string[];
    for (const name of names) expect(namespaces()).toContain(name);
    child.kill('SIGKILL');
    await vi.waitFor(
      () => {
        for (const name of names) expect(namespaces()).not.toContain(name);
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  test('a lab of no hosts, or of more than the lab holds, is refused', async () => {
    await expect(makeLab({ hosts: 0 })).rejects.toThrow('a lab has 1 to 256 hosts, not 0');
    await expect(makeLab({ hosts: 257 })).rejects.toThrow('a lab has 1 to 256 hosts, not 257');
  });
});
