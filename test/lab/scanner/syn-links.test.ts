import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { describeWith } from '../../support/need.ts';
import { type Place, TARGET, twoPlaces, until } from '../../support/scanner/network-lab.ts';
import type { SynJob } from '../../support/scanner/syn-child.ts';

const { four, six } = TARGET;
const HOLD_CONNECTIONS = new URL('../../support/scanner/hold-connections.ts', import.meta.url);
const counting = (verdict: 'drop' | 'accept'): string =>
  `table inet lab { counter syns { }; chain in { type filter hook input priority 0; tcp flags syn / syn,ack counter name syns ${verdict}; }; }\n`;

/** A scan of 1,500 ports in which something happens after 300 of them. */
async function disturbed(scanner: Place, target: Place, over: Partial<SynJob>, happens: () => unknown) {
  const scan = scanner.scan({ addresses: [four], ports: '1-1500', rate: 1_000, ...over });
  await until('300 probes', async () => (await target.counted('syns')) > 300);
  await happens();
  return scan;
}

describeWith(['root', 'ip', 'nft'], 'the syn engine where something is wrong with the link', () => {
  it('says unknown when its interface is down', async () => {
    const { scanner } = twoPlaces();
    scanner.ip('link set eth0 down');
    const result = await scanner.scan({ addresses: [four, six], ports: '1-20' });
    expect(result.states).toEqual({ [`${four} unknown`]: '1-20', [`${six} unknown`]: '1-20' });
    expect(result).toMatchObject({ probes: 0, reasons: { ENETUNREACH: 40 } });
  });

  it('says unknown when nothing is at the other end of its cable', async () => {
    const { scanner, target } = twoPlaces();
    target.ip('link set eth0 down');
    const result = await scanner.scan({ addresses: [four, six], ports: '1-20' });
    expect(result.states).toEqual({ [`${four} unknown`]: '1-20', [`${six} unknown`]: '1-20' });
    expect(result.reasons).toEqual({ ENETDOWN: 40 });
  });

  it('says unknown when its interface has no address to send from', async () => {
    const { scanner } = twoPlaces();
    scanner.ip('addr flush dev eth0', 'route add 10.210.0.0/24 dev eth0');
    const result = await scanner.scan({ addresses: [four], ports: '1-20' });
    expect(result).toMatchObject({ probes: 0, reasons: { EADDRNOTAVAIL: 20 } });
  });

  it.each([
    ['scanner', false],
    ['scanner', true],
    ['target', false],
    ['target', true],
  ] as const)('takes back its silence when the %s goes down midway (kernel only: %s)', async (side, kernelOnly) => {
    const places = twoPlaces();
    await places.target.nft(counting('drop'));
    const result = await disturbed(places.scanner, places.target, { kernelOnly }, () =>
      places[side].ip('link set eth0 down'),
    );
    expect(result.states).toEqual({ [`${four} unknown`]: '1-1500' });
    // The kernel may say that there is no way before the watch says that the link is down.
    const noWay = side === 'scanner' && kernelOnly && 'ENETUNREACH' in result.reasons;
    expect(result.reasons).toEqual(noWay ? { ENETUNREACH: 1_500 } : { ENETDOWN: 1_500 });
    expect(result.probes).toBeLessThan(1_400);
  });

  it('takes no silence for an answer when the cable was away for a moment', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(counting('accept'));
    const result = await disturbed(scanner, target, {}, () => {
      target.ip('link set eth0 down', 'link set eth0 up');
      target.ip('link set eth0 down', 'link set eth0 up');
    });
    expect(result.states[`${four} filtered`]).toBeUndefined();
    const told = PortSet.parse(result.states[`${four} closed`] ?? '').union(
      PortSet.parse(result.states[`${four} unknown`] ?? ''),
    );
    expect(told.toString()).toBe('1-1500');
  });

  it('follows a host to another Ethernet address, and misses nothing of it', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(counting('accept'));
    await target.listen([77, 1_499]);
    await target.run(['sysctl', '-qw', 'net.ipv4.conf.eth0.arp_notify=1']);
    const result = await disturbed(scanner, target, {}, () => target.ip('link set eth0 address 02:00:00:00:00:99'));
    expect(result.states).toEqual({
      [`${four} open`]: '77,1499',
      [`${four} closed`]: PortSet.parse('1-1500').subtract(PortSet.of(77, 1_499)).toString(),
    });
  });

  it('asks anew for a neighbour that this machine lost, and misses nothing of it', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(counting('accept'));
    await target.listen([77]);
    const result = await disturbed(scanner, target, {}, () => scanner.ip(`neigh change ${four} dev eth0 nud failed`));
    expect(result.states).toEqual({ [`${four} open`]: '77', [`${four} closed`]: '1-76,78-1500' });
  });

  it('says unknown of a neighbour that went away midway, once this machine noticed', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(counting('drop'));
    const result = await disturbed(scanner, target, {}, async () => {
      await target.run(['sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=8']);
      scanner.ip(`neigh change ${four} dev eth0 nud failed`);
    });
    expect(result).toMatchObject({ states: { [`${four} unknown`]: '1-1500' }, reasons: { EHOSTUNREACH: 1_500 } });
  });

  it('goes through the smallest MTU of either family', async () => {
    const places = twoPlaces();
    await places.target.listen([80]);
    for (const [mtu, address] of [
      [1_280, six],
      [68, four],
    ] as const) {
      for (const place of Object.values(places)) place.ip(`link set eth0 mtu ${mtu}`);
      const result = await places.scanner.scan({ addresses: [address], ports: '79-81' });
      expect(result.states).toEqual({ [`${address} open`]: '80', [`${address} closed`]: '79,81' });
    }
  });

  it('takes back its silence when the firewall of this machine forbids its packets midway', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(counting('drop'));
    const result = await disturbed(scanner, target, { kernelOnly: true }, () =>
      scanner.nft(
        'table ip own { chain output { type filter hook output priority 0; tcp flags syn / syn,ack drop; }; }',
      ),
    );
    expect(result).toMatchObject({ states: { [`${four} unknown`]: '1-1500' }, reasons: { EPERM: 1_500 } });
  });

  it('goes by a router that has a link-local address only', async () => {
    const { scanner, target } = twoPlaces();
    target.ip('addr add 2001:db8:5::9/128 dev lo', 'addr add fe80::77/64 dev eth0 nodad');
    scanner.ip('route add 2001:db8:5::/64 via fe80::77 dev eth0');
    await target.listen([80]);
    const { states } = await scanner.scan({ addresses: ['2001:db8:5::9'], ports: '79-81' });
    expect(states).toEqual({ '2001:db8:5::9 open': '80', '2001:db8:5::9 closed': '79,81' });
  });

  it('says that answers were lost where a host limits how often it refuses, and finds its open ports all the same', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(
      'table inet lab { chain out { type filter hook output priority 0; tcp flags & rst == rst limit rate over 200/second drop; }; }\n',
    );
    await target.listen([80, 2_222]);
    const result = await scanner.scan({ addresses: [four], ports: '1-2500', rate: 10_000 });
    expect(result.states[`${four} open`]).toBe('80,2222');
    expect(result.loss).toBeGreaterThan(0.25);
  });

  it('leaves live connections from the ports it takes its own from alone, four scans at once', async () => {
    const { scanner, target } = twoPlaces();
    await target.listen([80]);
    await scanner.serve(HOLD_CONNECTIONS, four, '80', '61000', '110', '40');
    const scans = await Promise.all([1, 2].map(() => scanner.scan({ addresses: [four], ports: '1-2000', jobs: 2 })));
    for (const { states, complete } of scans) {
      expect([states[`${four} open`], complete]).toEqual(['80', true]);
    }
    const live = await scanner.run(['ss', '-Htn', 'state', 'established', '( dport = :80 )']);
    expect(live.trim().split('\n')).toHaveLength(40);
  });
});

describeWith(['root', 'ip', 'tbf'], 'the syn engine on a link that is slower than it', () => {
  it('sends again what the kernel had no room for, is slower, and misses nothing', async () => {
    const { scanner, target } = twoPlaces();
    await scanner.run(['tc', ...'qdisc add dev eth0 root tbf rate 2mbit burst 2k limit 2k'.split(' ')]);
    await target.listen([80, 1_999]);
    const result = await scanner.scan({ addresses: [four], ports: '1-2000', kernelOnly: true, rate: 100_000 });
    expect(result.states).toEqual({ [`${four} open`]: '80,1999', [`${four} closed`]: '1-79,81-1998,2000' });
    expect(result).toMatchObject({ events: ['ENOBUFS'], complete: true });
    expect(await scanner.run(['tc', '-s', 'qdisc', 'show', 'dev', 'eth0'])).toMatch(/dropped [1-9]/);
  });
});
