import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { twoPlaces } from '../../support/scanner/network-lab.ts';

/** Of 10.220.0.0/20. */
const on = (number: number): string => `10.220.${number >> 8}.${number & 255}`;

describeWith(['root', 'ip', 'nft'], 'the syn engine on a large network of its own', () => {
  it('finds every host among thousands of addresses that nobody has', async () => {
    const { scanner, target } = twoPlaces();
    const alive = Array.from({ length: 24 }, (_, i) => on(100 + i * 165));
    scanner.ip(`addr add ${on(1)}/20 dev eth0`);
    target.ip(...alive.map((address) => `addr add ${address}/20 dev eth0`));
    await target.listen([77]);
    // The kernel gives a neighbour up after three questions, a second apart where nothing else is set.
    await scanner.run(['sysctl', '-qw', 'net.ipv4.neigh.eth0.retrans_time_ms=100']);
    const addresses = Array.from({ length: 4_093 }, (_, i) => on(i + 2));
    const result = await scanner.scan({ addresses, ports: '77-78' });
    const open = alive.map((address) => [`${address} open`, '77']);
    const closed = alive.map((address) => [`${address} closed`, '78']);
    const unknown = addresses.flatMap((one) => (alive.includes(one) ? [] : [[`${one} unknown`, '77-78']]));
    expect(result.states).toEqual(Object.fromEntries([...open, ...closed, ...unknown]));
    expect(result.reasons).toEqual({ 'syn-ack': 24, ECONNREFUSED: 24, EHOSTUNREACH: 2 * unknown.length });
    expect(result.complete).toBe(true);
  });
});
