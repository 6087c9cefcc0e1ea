import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { describeWith } from '../../support/need.ts';
import type { Forgery } from '../../support/scanner/forger.ts';
import { aNetworkLab, TARGET, twoPlaces } from '../../support/scanner/network-lab.ts';

const { four, six } = TARGET;
const SILENT = 'table inet lab { chain in { type filter hook input priority 0; meta l4proto tcp drop; }; }\n';

/** A target whose own TCP is silent, and which answers ports from 101, 201 ... on as the list says. */
async function forging(...forgeries: readonly Forgery[]) {
  const { scanner, target } = twoPlaces();
  await target.nft(SILENT);
  await target.forge({
    device: 'eth0',
    rules: forgeries.map((forgery, i) => ({ first: 101 + i * 100, last: 110 + i * 100, forgery })),
  });
  return scanner;
}

const text = (...hundreds: readonly number[]): string =>
  PortSet.fromRanges(hundreds.map((n) => [n * 100 + 1, n * 100 + 10] as const)).toString();

describeWith(['root', 'ip', 'nft'], 'answers to the syn engine that somebody made by hand', () => {
  it('count when they acknowledge what was sent, once; others are nothing', async () => {
    const scanner = await forging(
      { kind: 'syn-ack' },
      { kind: 'syn-ack', times: 5 },
      { kind: 'syn-ack', ackOff: 1 },
      { kind: 'syn-ack', ackOff: -1, times: 3 },
      { kind: 'syn-ack', vlan: 7 },
      { kind: 'rst' },
    );
    const result = await scanner.scan({ addresses: [four], ports: text(1, 2, 3, 4, 5, 6) });
    expect(result.states).toEqual({
      [`${four} open`]: text(1, 2),
      [`${four} filtered`]: text(3, 4, 5),
      [`${four} closed`]: text(6),
    });
    expect(result).toMatchObject({ twice: 0, ignored: 40, events: [], complete: true });
  });

  it('that are ICMP say filtered or closed by their code, and nothing when they quote what was never sent', async () => {
    const scanner = await forging(
      { kind: 'icmp', code: 13, from: '10.210.0.9' },
      { kind: 'icmp', code: 10 },
      { kind: 'icmp', code: 9 },
      { kind: 'icmp', code: 3 },
      { kind: 'icmp', code: 3, sequenceOff: 1 },
      { kind: 'icmp', code: 13, sequenceOff: 7 },
    );
    const result = await scanner.scan({ addresses: [four], ports: text(1, 2, 3, 4, 5, 6) });
    expect(result.states).toEqual({
      [`${four} filtered`]: text(1, 2, 3, 5, 6),
      [`${four} closed`]: text(4),
    });
    expect(result.reasons).toEqual({
      'icmp-admin-prohibited': 10,
      'icmp-host-prohibited': 10,
      'icmp-net-prohibited': 10,
      ECONNREFUSED: 10,
      'no-answer': 20,
    });
    expect(result.ignored).toBe(20);
  });

  it('count behind IPv6 extension headers', async () => {
    const scanner = await forging(
      { kind: 'extended', header: 'hop-by-hop' },
      { kind: 'extended', header: 'destination' },
      { kind: 'extended', header: 'routing' },
      { kind: 'extended', header: 'fragment' },
      { kind: 'extended', header: 'many' },
      { kind: 'extended', header: 'later-fragment' },
    );
    const { states } = await scanner.scan({ addresses: [six], ports: text(1, 2, 3, 4, 5, 6) });
    expect(states).toEqual({ [`${six} open`]: text(1, 2, 3, 4, 5), [`${six} filtered`]: text(6) });
  });

  it('that come after the end of a scan mean nothing to the next', async () => {
    const scanner = await forging({ kind: 'syn-ack', delayMs: 500 });
    for (let i = 0; i < 3; i += 1) {
      const { states } = await scanner.scan({ addresses: [four], ports: text(1), timeoutMs: 200 });
      expect(states).toEqual({ [`${four} filtered`]: text(1) });
    }
  });
});

/** A scanner, a router and a target behind it. */
function behindRouter() {
  const { places, cable } = aNetworkLab('s', 'r', 't');
  cable('s', 'eth0', 'r', 'in0');
  cable('r', 'out0', 't', 'eth0');
  const { s: scanner, r: router, t: target } = places;
  scanner.ip('addr add 10.211.1.1/24 dev eth0', 'link set eth0 up', 'route add default via 10.211.1.254');
  router.ip(
    'addr add 10.211.1.254/24 dev in0',
    'addr add 10.211.2.254/24 dev out0',
    'link set in0 up',
    'link set out0 up',
  );
  target.ip('addr add 10.211.2.2/24 dev eth0', 'link set eth0 up', 'route add default via 10.211.2.254');
  return { scanner, router, target };
}

const FAR = '10.211.2.2';

/** Linux says no more than 50 such things at once, whatever it is told. */
const three = (...hundreds: readonly number[]): string =>
  PortSet.fromRanges(hundreds.map((n) => [n * 100 + 1, n * 100 + 3] as const)).toString();

describeWith(['root', 'ip', 'nft'], 'a router between the syn engine and its target', () => {
  it('that refuses in the name of the target makes ports closed or filtered, with its reason', async () => {
    const { scanner, router, target } = behindRouter();
    await router.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0']);
    const reject = (ports: string, how: string): string => `tcp dport ${ports} reject with ${how}; `;
    await router.nft(
      `table inet lab { chain forward { type filter hook forward priority 0; ${[
        reject('101-103', 'tcp reset'),
        reject('201-203', 'icmp type admin-prohibited'),
        reject('301-303', 'icmp type host-prohibited'),
        reject('401-403', 'icmp type net-prohibited'),
        reject('501-503', 'icmp type port-unreachable'),
        reject('601-603', 'icmp type host-unreachable'),
        reject('701-703', 'icmp type net-unreachable'),
      ].join('')} }\n}\n`,
    );
    await target.listen([80]);
    const result = await scanner.scan({ addresses: [FAR], ports: `80-82,${three(1, 2, 3, 4, 5, 6, 7)}` });
    expect(result.states).toEqual({
      [`${FAR} open`]: '80',
      [`${FAR} closed`]: `81-82,${three(1, 5)}`,
      [`${FAR} filtered`]: three(2, 3, 4, 6, 7),
    });
    expect(result.reasons).toEqual({
      'syn-ack': 1,
      ECONNREFUSED: 8,
      'icmp-admin-prohibited': 3,
      'icmp-host-prohibited': 3,
      'icmp-net-prohibited': 3,
      EHOSTUNREACH: 3,
      ENETUNREACH: 3,
    });
  });

  it('that has no way to the target makes all of it unknown', async () => {
    const { scanner, router } = behindRouter();
    await router.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.icmp_ratelimit=0']);
    const { states, reasons } = await scanner.scan({ addresses: ['10.211.9.9'], ports: '1-20' });
    expect([states, reasons]).toEqual([{ '10.211.9.9 unknown': '1-20' }, { ENETUNREACH: 20 }]);
  });
});
