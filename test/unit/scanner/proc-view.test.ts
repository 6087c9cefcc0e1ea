import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { type ProcFacts, ProcView } from '../../../fargate-scanner/engines/silence/proc-view.ts';

/** 10.210.0.0/24 on eth0, 198.18.0.0/24 by 10.210.0.77, 192.0.2.0/24 refused, and everything else by 10.210.0.2. */
const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0200D20A\t0003\t0\t0\t0\t00000000\t0\t0\t0
*\t000200C0\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t0000D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t000012C6\t4D00D20A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t000012C6\t0300D20A\t0003\t0\t0\t900\t00FFFFFF\t0\t0\t0
`;
const NEIGHBOURS = `IP address       HW type     Flags       HW address            Mask     Device
10.210.0.77      0x1         0x0         00:00:00:00:00:00     *        eth0
10.210.0.2       0x1         0x2         02:00:00:00:00:02     *        eth0
10.210.0.8       0x1         0x6         02:00:00:00:00:08     *        eth0
10.210.0.9       0x1         0x2         02:00:00:00:00:09     *        eth1
`;
const IPV4 = { family: 'IPv4', internal: false, mac: '02:00:00:00:00:01', netmask: '255.255.255.0' } as const;
const ETH0: NetworkInterfaceInfo = { ...IPV4, address: '10.210.0.1', cidr: '10.210.0.1/24' };

function aView(
  over: { interfaces?: Record<string, NetworkInterfaceInfo[]>; carrier?: string; routes?: string | null } = {},
) {
  const { interfaces = { eth0: [ETH0] }, carrier = '1', routes = ROUTES } = over;
  const files = new Map([
    ['/proc/net/route', routes],
    ['/proc/net/arp', NEIGHBOURS],
    ['/sys/class/net/eth0/carrier', `${carrier}\n`],
  ]);
  const facts: ProcFacts = { read: (path) => files.get(path) ?? null, interfaces: () => interfaces };
  const view = new ProcView(facts);
  return (address: string, asked = false, now = 0): string => {
    const way = view.look(address, asked, now);
    return way.kind === 'failed' ? way.reason : way.kind;
  };
}

it('knows who is on its link, and who is not once it was asked for', () => {
  const look = aView();
  expect(['10.210.0.2', '10.210.0.8', '10.210.0.9', '10.210.0.77'].map((one) => look(one))).toEqual([
    'reached',
    'reached',
    'reached',
    'asking',
  ]);
  expect(['10.210.0.2', '10.210.0.9', '10.210.0.77'].map((one) => look(one, true))).toEqual([
    'reached',
    'nobody',
    'nobody',
  ]);
});

it('takes the narrowest way and of those the cheapest, and its router', () => {
  const look = aView();
  expect([look('198.51.100.7'), look('198.18.0.9'), look('198.18.0.9', true)]).toEqual([
    'reached',
    'asking',
    'EHOSTUNREACH',
  ]);
});

it('knows broadcast addresses of its links, and its own', () => {
  const look = aView();
  expect(['10.210.0.255', '198.18.0.255', '10.210.0.1', '127.0.0.1'].map((one) => look(one))).toEqual([
    'broadcast',
    'asking',
    'reached',
    'reached',
  ]);
});

it('knows that there is no way: no route, no carrier, no address', () => {
  expect(aView()('192.0.2.7')).toBe('ENETUNREACH');
  expect(aView({ routes: '' })('10.210.0.2')).toBe('ENETUNREACH');
  expect(aView({ interfaces: {}, carrier: '0' })('10.210.0.2')).toBe('ENETDOWN');
  expect(aView({ interfaces: {}, carrier: '1' })('10.210.0.2')).toBe('EADDRNOTAVAIL');
});

it('does not believe an interface again that was down once', () => {
  const interfaces: Record<string, NetworkInterfaceInfo[]> = {};
  const look = aView({ interfaces, carrier: '0' });
  expect(look('10.210.0.2', false, 0)).toBe('ENETDOWN');
  interfaces['eth0'] = [ETH0];
  expect(look('10.210.0.2', false, 1_000)).toBe('ENETDOWN');
});

it('asks for nobody where there is no Ethernet, and knows nothing of IPv6', () => {
  const tunnel = { ...ETH0, mac: '00:00:00:00:00:00' };
  expect(aView({ interfaces: { eth0: [tunnel] } })('10.210.0.77')).toBe('reached');
  expect(aView()('2001:db8::9', true)).toBe('reached');
});

it('says so where there is no /proc to read', () => {
  expect(() => aView({ routes: null })('10.210.0.2')).toThrow('there is no /proc/net/route');
});
