import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { twoPlaces } from '../../support/scanner/network-lab.ts';

/** Of 10.220.0.0/20. */
const on = (number: number): string => `10.220.${number >> 8}.${number & 255}`;

describeWith(['root', 'ip', 'nft'], 'the syn engine on a large network of its own', () => {
  it('finds every host among thousands of addresses, though the kernel knows 1,024 neighbours at most', async () => {
    const { scanner, target } = twoPlaces();
    const alive = Array.from({ length: 1_150 }, (_, i) => on(60 + i * 2));
    scanner.ip(`addr add ${on(1)}/20 dev eth0`);
    target.ip(...alive.map((address) => `addr add ${address}/20 dev eth0`));
    await target.listen([77]);
    // The kernel gives a neighbour up after three questions, a second apart where nothing else is set.
    await scanner.run(['sysctl', '-qw', 'net.ipv4.neigh.eth0.retrans_time_ms=100']);
    const addresses = Array.from({ length: 2_400 }, (_, i) => on(i + 2));
    const { states, reasons, complete } = await scanner.scan({ addresses, ports: '77-78' });
    const there = new Set(alive);
    const wrong = addresses.filter((one) =>
      there.has(one)
        ? states[`${one} open`] !== '77' || states[`${one} closed`] !== '78'
        : states[`${one} unknown`] !== '77-78',
    );
    expect(wrong).toEqual([]);
    const dead = 2 * (addresses.length - alive.length);
    expect(reasons).toEqual({ 'syn-ack': 1_150, ECONNREFUSED: 1_150, EHOSTUNREACH: dead });
    expect(complete).toBe(true);
  }, 150_000);
});
