import { describe, expect, it } from 'vitest';
import { defaultRoute4, defaultRoute6 } from '../../../../core/scanning/syn/default-routes.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const four = (...rows: string[]): string => `${[HEAD, ...rows].join('\n')}\n`;
const NONE = '0'.repeat(32);

describe('the default route of IPv4', () => {
  it('is read with its router, whose bytes /proc shows in the order of the machine', () => {
    const text = four(
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    );
    expect(defaultRoute4(text)).toEqual({ family: 4, link: 'eth0', gateway: Uint8Array.of(192, 0, 2, 1), metric: 0 });
  });

  it('is the one with the smallest metric', () => {
    const text = four(
      'wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\tFE0200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth1\t00000000\tFD0200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    );
    expect(defaultRoute4(text)).toMatchObject({ link: 'eth0', metric: 100 });
  });

  it('may have no router', () => {
    const text = four('tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0');
    expect(defaultRoute4(text)).toMatchObject({ link: 'tun0', gateway: null });
  });

  it('is none of half of everything, of what is down, and of what is refused', () => {
    const text = four(
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000080\t0\t0\t0',
      'eth0\t00000000\t010200C0\t0002\t0\t0\t0\t00000000\t0\t0\t0',
      '*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0',
    );
    expect([defaultRoute4(text), defaultRoute4(four()), defaultRoute4('')]).toEqual([null, null, null]);
  });
});

describe('the default route of IPv6', () => {
  const row = (to: string, length: string, next: string, metric: string, flags: string, link: string): string =>
    `${to} ${length} ${NONE} 00 ${next} ${metric} 00000003 00000000 ${flags} ${link.padStart(8)}\n`;

  it('is read with its router', () => {
    const router = 'fe80000000000000000000000000beef';
    const text =
      row('fd000000000000000000000000000000', '40', NONE, '00000100', '00000001', 'eth0') +
      row(NONE, '00', router, '00000400', '00000003', 'eth0') +
      row(NONE, '00', NONE, 'ffffffff', '00200200', 'lo');
    const gateway = Uint8Array.from([0xfe, 0x80, ...Array<number>(12).fill(0), 0xbe, 0xef]);
    expect(defaultRoute6(text)).toEqual({ family: 6, link: 'eth0', gateway, metric: 1_024 });
  });

  it('is the one with the smallest metric, which /proc writes in hexadecimal', () => {
    const text =
      row(NONE, '00', NONE, '00000400', '00000001', 'b') + row(NONE, '00', NONE, '00000064', '00000001', 'a');
    expect(defaultRoute6(text)).toEqual({ family: 6, link: 'a', gateway: null, metric: 100 });
  });

  it('is none where everything is refused, and where there is no IPv6', () => {
    expect(defaultRoute6(row(NONE, '00', NONE, 'ffffffff', '00200200', 'lo'))).toBeNull();
    expect(defaultRoute6(row(NONE, '01', NONE, '00000001', '00000001', 'eth0'))).toBeNull();
    expect(defaultRoute6('')).toBeNull();
  });
});
