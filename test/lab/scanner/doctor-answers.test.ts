import { expect, it } from 'vitest';
import { checksIn, WITHOUT_NET_RAW } from '../../support/cli/doctor-in.ts';
import { describeWith } from '../../support/need.ts';

const NAMES = ['TCP answers', 'ICMP echo', 'ICMP timestamp', 'ARP', 'NDP', 'UDP answers', 'UDP refusals'];
const UP = 'ip link set lo up';
/** An Ethernet link with addresses of both families. */
const LINK = `${UP}
ip link add pc0 type veth peer name pc1
ip link set pc0 up; ip link set pc1 up
ip addr add 198.51.100.1/24 dev pc0
ip addr add 2001:db8:1::1/64 dev pc0 nodad
echo 1 > /proc/sys/net/ipv6/conf/pc1/disable_ipv6`;
/** What this machine sends itself is dropped by this rule. */
const dropping = (rule: string): string => `${UP}
nft add table inet t
nft 'add chain inet t input { type filter hook input priority 0; }'
nft 'add rule inet t input ${rule} drop'`;
const NET_RAW = 'start it as root, or with the capability NET_RAW (containers: --cap-add NET_RAW)';
const OWN_FIREWALL = "see whether this machine's firewall drops what it sends to itself";

describeWith(['root', 'unshare', 'ip', 'ipv6', 'nft'], 'doctor on what shows that a host is alive, and on UDP', () => {
  it('lists what was tried and worked', async () => {
    const checks = await checksIn(NAMES, LINK);
    expect(Object.values(checks).map(({ name, health, advice }) => [name, health, advice])).toEqual(
      NAMES.map((name) => [name, 'ok', null]),
    );
    expect(Object.values(checks).map(({ found }) => found)).toEqual([
      'a connection and a refusal are heard on loopback',
      'IPv4 and IPv6: answered on loopback, by raw sockets',
      'IPv4: answered on loopback, by a raw socket',
      'can ask on pc0 who has an IPv4 address',
      'can ask on pc0 who has an IPv6 address',
      'IPv4 and IPv6: heard on loopback',
      'IPv4 and IPv6: ICMP port unreachable is read on loopback, no privilege needed',
    ]);
  });

  it('says what is missing without NET_RAW and what to do, and that UDP misses nothing', async () => {
    const checks = await checksIn(NAMES, LINK, WITHOUT_NET_RAW);
    expect(checks).toMatchObject({
      'TCP answers': { health: 'ok' },
      'ICMP echo': {
        health: 'warn',
        found: 'not to IPv4 and IPv6: a raw socket is refused (EPERM), and so is a ping socket (EACCES)',
        advice: `${NET_RAW}, or let its group ping: sysctl net.ipv4.ping_group_range`,
      },
      'ICMP timestamp': { health: 'warn', found: 'not sent: it needs a raw socket', advice: NET_RAW },
      ARP: {
        health: 'warn',
        found:
          'no question of its own (socket(AF_PACKET): EPERM): only what connections make the kernel ask is read from its neighbour table',
        advice: NET_RAW,
      },
      NDP: { health: 'warn', advice: NET_RAW },
      'UDP answers': { health: 'ok' },
      'UDP refusals': { health: 'ok' },
    });
  });

  it('pings by ping sockets where its group may', async () => {
    const allowed = `${UP}\necho 0 0 > /proc/sys/net/ipv4/ping_group_range`;
    expect(await checksIn(['ICMP echo', 'ICMP timestamp'], allowed, WITHOUT_NET_RAW)).toMatchObject({
      'ICMP echo': { health: 'ok', found: 'IPv4 and IPv6: answered on loopback, by ping sockets' },
      'ICMP timestamp': { health: 'warn' },
    });
  });

  it('warns where an answer or a refusal does not come through', async () => {
    expect(await checksIn(NAMES, dropping('icmp type destination-unreachable'))).toMatchObject({
      'UDP answers': { health: 'ok' },
      'UDP refusals': {
        health: 'warn',
        found: 'IPv4: no ICMP error is read on loopback, so closed ports look filtered',
        advice: OWN_FIREWALL,
      },
    });
    expect(await checksIn(NAMES, dropping('meta l4proto udp'))).toMatchObject({
      'UDP answers': {
        health: 'warn',
        found: 'IPv4 and IPv6: an answer on loopback was not heard, so open ports look silent',
        advice: OWN_FIREWALL,
      },
    });
    expect(await checksIn(NAMES, dropping('icmp type { echo-request, timestamp-request }'))).toMatchObject({
      'TCP answers': { health: 'ok' },
      'ICMP echo': { health: 'warn', found: 'IPv4: this machine does not answer itself' },
      'ICMP timestamp': { health: 'warn', found: 'this machine does not answer itself' },
    });
    expect(await checksIn(NAMES, dropping('tcp flags & (syn | ack) == syn'))).toMatchObject({
      'TCP answers': { health: 'warn', advice: OWN_FIREWALL },
    });
  });

  it('tries nothing where loopback is down, and says so', async () => {
    const checks = await checksIn(NAMES, 'true');
    for (const name of ['TCP answers', 'ICMP echo', 'ICMP timestamp', 'UDP answers', 'UDP refusals']) {
      expect(checks[name]).toMatchObject({
        health: 'warn',
        found: 'not tried: the loopback interface is down',
        advice: 'bring it up: ip link set lo up',
      });
    }
    expect(checks['ARP']).toMatchObject({
      health: 'ok',
      found: 'no Ethernet link with an IPv4 address: nobody to ask',
    });
  });
});
