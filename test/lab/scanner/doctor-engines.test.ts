import { expect, it } from 'vitest';
import type { Check } from '../../../local/cli/check.ts';
import { checksIn, doctorIn, WITHOUT_NET_RAW } from '../../support/cli/doctor-in.ts';
import { describeWith } from '../../support/need.ts';

async function scanEngine(setup: string, before: readonly string[] = []): Promise<Check | undefined> {
  return (await checksIn(['scan engine'], setup, before))['scan engine'];
}

const UP = 'ip link set lo up';
/** An Ethernet link whose other end nobody answers at. */
const LINK = `${UP}
ip link add pc0 type veth peer name pc1
ip link set pc0 up; ip link set pc1 up
ip addr add 198.51.100.1/24 dev pc0
ip addr add 2001:db8:1::1/64 dev pc0 nodad`;
const SYN = 'syn for other machines (its self-test lost nothing)';

describeWith(['root', 'unshare', 'ip', 'ipv6'], 'doctor on the scan engine', () => {
  it('says which way SYNs take behind each default route: frames, or the routing of the kernel', async () => {
    const known = `${LINK}
ip route add default via 198.51.100.9
ip neigh add 198.51.100.9 lladdr 02:00:00:00:00:09 dev pc0
ip tuntap add pt0 mode tun; ip link set pt0 up
ip -6 route add default dev pt0`;
    expect(await scanEngine(known)).toEqual({
      name: 'scan engine',
      health: 'ok',
      found: `${SYN}; IPv4 through 198.51.100.9 on pc0 as Ethernet frames; IPv6 on pt0 by the kernel's routing (no Ethernet there)`,
      advice: null,
    });
  });

  it('says when a router is not known yet', async () => {
    const unknown = `${LINK}
ip route add default via 198.51.100.9
ip -6 route add default via 2001:db8:1::9`;
    expect(await scanEngine(unknown)).toMatchObject({
      health: 'ok',
      found:
        `${SYN}; IPv4 through 198.51.100.9 on pc0 as Ethernet frames as soon as the kernel has found its router; ` +
        'IPv6 through 2001:db8:1::9 on pc0 as Ethernet frames as soon as the kernel has found its router',
    });
  });

  it('sends nothing to the network, not even a question for the router', async () => {
    const link = `${UP}
echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
ip link add pc0 type veth peer name pc1
ip link set pc0 up; ip link set pc1 up
ip addr add 198.51.100.1/24 dev pc0
ip route add default via 198.51.100.9`;
    const lines = await doctorIn(link, [], 'grep pc0 /proc/net/dev');
    expect(lines.find((line) => line.includes('scan engine'))).toContain('through 198.51.100.9 on pc0');
    // Bytes, packets and six other counts of what came, then those of what went.
    expect(lines.at(-1)?.trim().split(/\s+/).slice(9, 11)).toEqual(['0', '0']);
  });

  it('warns of a router that did not answer', async () => {
    const failed = `${LINK}
ip route add default via 198.51.100.9
ip neigh add 198.51.100.9 nud failed dev pc0`;
    expect(await scanEngine(failed)).toMatchObject({
      health: 'warn',
      found: expect.stringContaining('but its router did not answer when it was last looked for') as string,
      advice: 'what lies behind 198.51.100.9 is not reached now: see ip neighbour show dev pc0',
    });
  });

  it('is syn in a network without neighbours', async () => {
    expect(await scanEngine(UP)).toMatchObject({
      health: 'ok',
      found: `${SYN}; no default route: only its own links are reached`,
    });
  });

  it('is connect without NET_RAW, and where loopback is down, with what to do', async () => {
    expect(await scanEngine(UP, WITHOUT_NET_RAW)).toEqual({
      name: 'scan engine',
      health: 'warn',
      found: 'connect, for everything: CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)',
      advice: 'start it as root, or with the capability NET_RAW (containers: --cap-add NET_RAW)',
    });
    expect(await scanEngine('true')).toMatchObject({
      health: 'warn',
      found: 'connect, for everything: its self-test needs 127.0.0.1, and the loopback interface is down',
      advice: 'bring it up: ip link set lo up',
    });
  });
});

describeWith(['root', 'unshare', 'ip', 'masscan'], 'doctor on masscan', () => {
  it('says what masscan, which sends Ethernet frames only, does not reach', async () => {
    const tunnel = 'ip tuntap add pt0 mode tun; ip addr add 198.51.100.1/24 dev pt0; ip link set pt0 up';
    const masscan = async (setup: string): Promise<Check | undefined> =>
      (await checksIn(['masscan'], setup))['masscan'];
    expect(await masscan(`${UP}\n${tunnel}`)).toMatchObject({
      health: 'warn',
      found: expect.stringMatching(
        /^masscan \S+ sends Ethernet frames, and no Ethernet interface here is up and has an address$/,
      ) as string,
      advice: 'use the syn or the connect engine',
    });
    expect(
      await masscan(`${LINK}\nip tuntap add pt0 mode tun; ip link set pt0 up; ip route add default dev pt0`),
    ).toMatchObject({
      health: 'warn',
      found: expect.stringMatching(/ and pt0, the way to other networks over IPv4, is no Ethernet$/) as string,
      advice: 'what lies behind pt0 is refused with `scan --engine masscan`: use syn or connect for it',
    });
    // Without a default route it reaches its own links.
    expect(await masscan(LINK)).toMatchObject({ health: 'ok' });
  });
});
