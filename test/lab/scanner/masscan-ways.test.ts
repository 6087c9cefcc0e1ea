import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { aShard } from '../../builders/shard.ts';
import { describeWith } from '../../support/need.ts';
import { aNetworkLab } from '../../support/scanner/network-lab.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/shard-child.ts', import.meta.url));
const OPEN = [22, 80];
/** Two on the first link, one on the second, and one behind that. */
const NEAR = ['10.212.1.2', 'fd00:212:1::2', '10.212.1.3', 'fd00:212:1::3'];
const SECOND = ['10.212.2.2', 'fd00:212:2::2'];
const BEHIND = ['10.212.3.2', 'fd00:212:3::2'];

/** A scanner on two links, with no default route; behind the machine on the second is another one. */
function twoLinks() {
  const { places, cable } = aNetworkLab('s', 'h', 'i', 'r', 't');
  const { s: scanner, h: switching, i: other, r: router, t: behind } = places;
  // The two machines of the first link are on a bridge, each with an Ethernet address of its own.
  cable('s', 'eth0', 'h', 'port0');
  cable('i', 'eth0', 'h', 'port1');
  switching.ip(
    'link add br0 type bridge',
    'link set port0 master br0 up',
    'link set port1 master br0 up',
    'addr add 10.212.1.2/24 dev br0',
    'addr add fd00:212:1::2/64 dev br0 nodad',
    'link set br0 up',
  );
  other.ip('addr add 10.212.1.3/24 dev eth0', 'addr add fd00:212:1::3/64 dev eth0 nodad', 'link set eth0 up');
  cable('s', 'eth1', 'r', 'in0');
  cable('r', 'out0', 't', 'eth0');
  scanner.ip(
    'addr add 10.212.1.1/24 dev eth0',
    'addr add fd00:212:1::1/64 dev eth0 nodad',
    'link set eth0 up',
    'addr add 10.212.2.1/24 dev eth1',
    'addr add fd00:212:2::1/64 dev eth1 nodad',
    'link set eth1 up',
    'tuntap add tun0 mode tun',
    'addr add 10.212.4.1/24 dev tun0',
    'link set tun0 up',
    'route add 10.212.3.0/24 via 10.212.2.2',
    'route add fd00:212:3::/64 via fd00:212:2::2',
  );
  router.ip(
    'addr add 10.212.2.2/24 dev in0',
    'addr add fd00:212:2::2/64 dev in0 nodad',
    'link set in0 up',
    'addr add 10.212.3.1/24 dev out0',
    'addr add fd00:212:3::1/64 dev out0 nodad',
    'link set out0 up',
  );
  behind.ip(
    'addr add 10.212.3.2/24 dev eth0',
    'addr add fd00:212:3::2/64 dev eth0 nodad',
    'link set eth0 up',
    'route add default via 10.212.3.1',
    'route add ::/0 via fd00:212:3::1',
  );
  return { scanner, targets: [switching, other, router, behind], router };
}

describeWith(['root', 'ip', 'masscan', 'ipv6'], 'masscan where there is no default route', () => {
  it('is told the interface, the source and the next hop of each address, over IPv6 too, and is not started for what it cannot reach', async () => {
    const { scanner, targets, router } = twoLinks();
    await router.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    for (const target of targets) await target.listen(OPEN);
    const addresses = [...NEAR, ...SECOND, ...BEHIND, '10.212.1.99', 'fd00:212:1::99', '10.212.4.9', '10.212.9.9'];
    const shard = aShard({ addresses, ports: '22,80-82', tries: 2, engine: 'masscan' });
    const text = await scanner.run([process.execPath, CHILD, JSON.stringify(shard)]);
    const { results, status, reason, vacant } = JSON.parse(text) as ShardResult;
    const of = (address: string) => results.find((result) => result.address === address);
    for (const address of [...NEAR, ...SECOND, ...BEHIND]) {
      expect([address, of(address)?.open.map(({ port }) => port), of(address)?.closed]).toEqual([
        address,
        OPEN,
        '81-82',
      ]);
    }
    expect(of('10.212.4.9')).toBeUndefined();
    expect(status).toBe('partial');
    expect(reason).toContain(
      '10.212.4.9 was given up: it is reached through tun0, which is no Ethernet, and masscan sends Ethernet frames only: use the syn or the connect engine',
    );
    expect(reason).toMatch(/the state of 4 ports of 10\.212\.9\.9 is not known: there is no way to the network/);
    // Four ports of each of the two that nobody has.
    expect(vacant).toBe(8);
  }, 120_000);
});
