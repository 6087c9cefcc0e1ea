import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { aLinkLab, type LinkLab } from '../../support/scanner/link-lab.ts';
import type { PingForgerJob } from '../../support/scanner/ping-forger.ts';
import type { LivenessJob, LivenessResult } from '../../support/scanner/liveness-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/liveness-child.ts', import.meta.url));
const FORGER = fileURLToPath(new URL('../../support/scanner/ping-forger.ts', import.meta.url));
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

async function look(lab: LinkLab, job: LivenessJob, as: readonly string[] = []): Promise<LivenessResult> {
  return JSON.parse(await lab.scanner([...as, process.execPath, CHILD, JSON.stringify(job)])) as LivenessResult;
}
const four = (last: number): string => `10.209.2.${last}`;
const six = (last: number): string => `fd00:209::${last.toString(16)}`;
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

const KNOCK = fileURLToPath(new URL('../../support/lab/knock.ts', import.meta.url));

/** A new link takes a moment before IPv6 works on it. */
async function untilItAnswers(lab: LinkLab, address: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { open } = JSON.parse(await lab.scanner([process.execPath, KNOCK, address, '22'])) as { open: number[] };
    if (open.length > 0) return;
  }
  throw new Error(`${address} does not answer`);
}

/** Each address answers one thing: 2 and ::2 only their link, 3 and ::3 echo, 4 timestamp, 5 RST, 6 one open port. Nobody has 7 and ::7. */
async function aSilentLab(): Promise<LinkLab> {
  const lab = aLinkLab(5);
  await lab.listen([22]);
  await untilItAnswers(lab, six(6));
  await lab.target(
    ['nft', '-f', '-'],
    `table inet lab { chain input { type filter hook input priority 0; policy drop;
       icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept;
       ip daddr ${four(3)} icmp type echo-request accept; ip6 daddr ${six(3)} icmpv6 type echo-request accept;
       ip daddr ${four(4)} icmp type timestamp-request accept;
       ip daddr ${four(5)} tcp dport 80 accept; ip daddr ${four(6)} tcp dport 22 accept; }; }\n`,
  );
  return lab;
}
const ONE_THING_EACH = [2, 3, 4, 5, 6, 7].map(four).concat([2, 3, 7].map(six));
const PROOFS = {
  [four(2)]: 'arp',
  [four(3)]: 'icmp-echo',
  [four(4)]: 'icmp-timestamp',
  [four(5)]: 'tcp',
  [four(6)]: 'tcp',
  [six(2)]: 'arp',
  [six(3)]: 'icmp-echo',
};

const rules = (text: string): readonly [string[], string] => [['nft', '-f', '-'], `table inet lab { ${text} }\n`];

async function countedBy(lab: LinkLab): Promise<number> {
  const counted = await lab.target(['nft', 'list', 'counter', 'inet', 'lab', 'all_seen']);
  return Number(/packets (\d+) bytes/.exec(counted)?.[1]);
}

/** The target answers ARP for 10.209.2.128 to 10.209.2.255, which lead nowhere. */
async function aProxyLab(): Promise<LinkLab> {
  const lab = aLinkLab(2);
  const commands = [
    'ip link add behind type veth peer name beyond',
    'ip link set behind up',
    'ip link set beyond up',
    'ip route add 10.209.2.128/25 dev behind',
    'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.veth0.proxy_arp=1 net.ipv4.neigh.veth0.proxy_delay=0',
  ];
  for (const command of commands) await lab.target(command.split(' '));
  return lab;
}

describeWith(['root', 'ip', 'nft'], 'the liveness engine over an Ethernet link', () => {
  it('takes any one answer for life: of the link, to an echo, to a timestamp, RST or an open port; silence is none', async () => {
    const lab = await aSilentLab();
    const result = await look(lab, { addresses: ONE_THING_EACH });
    expect(result).toEqual({ alive: PROOFS, missing: [], complete: true, observed: 18, twice: 0 });
  });

  it('goes on without privilege: ping sockets where they are allowed, and the kernel tells what its link answered', async () => {
    const lab = await aSilentLab();
    await lab.scanner(['sysctl', '-qw', 'net.ipv4.ping_group_range=65534 65534']);
    const result = await look(lab, { addresses: ONE_THING_EACH }, NOBODY);
    expect(result).toMatchObject({ complete: true, observed: 18, twice: 0 });
    // A host that has its link only, and one that answers timestamps only, are told by the kernel's table.
    expect(result.alive).toEqual({ ...PROOFS, [four(4)]: 'arp' });
    expect(result.missing.toSorted()).toEqual([
      'no ARP of its own: socket(AF_PACKET): EPERM',
      'no ICMP timestamp: a raw socket needs CAP_NET_RAW',
    ]);
  });

  it('says so where neither raw nor ping sockets may be opened, and still finds what answers TCP or the link', async () => {
    const lab = await aSilentLab();
    await lab.scanner(['sysctl', '-qw', 'net.ipv4.ping_group_range=1 0']);
    const { alive, missing } = await look(lab, { addresses: ONE_THING_EACH }, NOBODY);
    expect(alive).toEqual({ ...PROOFS, [four(3)]: 'arp', [four(4)]: 'arp', [six(3)]: 'arp' });
    expect(missing).toContain(
      'no ICMP to IPv4: a raw socket needs CAP_NET_RAW (EPERM), a ping socket a group of net.ipv4.ping_group_range (EACCES)',
    );
  });

  it('does not believe a router that answers for everybody, but what addresses behind it answer by themselves', async () => {
    const lab = await aProxyLab();
    await lab.target(
      ...rules(`chain input { type filter hook input priority 0; policy drop;
        ip daddr ${four(3)} icmp type echo-request accept; };`),
    );
    const addresses = [...range(200, 20), 3].map(four);
    const { alive } = await look(lab, { addresses });
    expect(alive).toEqual({ [four(3)]: 'icmp-echo' });
    const table = await lab.scanner(['ip', '-4', 'neigh', 'show']);
    expect(table.match(/^10\.209\.2\.2\d\d dev veth0 lladdr /gm)).toHaveLength(20);
  });

  it('does not believe its own router for a single address, but for the one that is its own', async () => {
    const lab = await aProxyLab();
    await lab.scanner(['ip', 'route', 'add', 'default', 'via', four(2)]);
    await lab.target(...rules('chain input { type filter hook input priority 0; policy drop; };'));
    // What is far away makes the kernel ask for the router.
    const { alive } = await look(lab, { addresses: [four(2), four(200), four(201), '198.18.0.1'] });
    expect(alive).toEqual({ [four(2)]: 'arp' });
  });

  it('does not believe a neighbour that answers for somebody else by its own account', async () => {
    const lab = aLinkLab(1);
    await lab.listen([22]);
    await untilItAnswers(lab, six(2));
    await lab.target(['sysctl', '-qw', 'net.ipv6.conf.veth0.proxy_ndp=1', 'net.ipv6.neigh.veth0.proxy_delay=0']);
    await lab.target(['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1']);
    await lab.target(['ip', 'neigh', 'add', 'proxy', six(0x50), 'dev', 'veth0']);
    await lab.target(
      ...rules(`chain input { type filter hook input priority 0; policy drop;
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept; };`),
    );
    const { alive, observed } = await look(lab, { addresses: [six(2), six(0x50)] });
    expect([alive, observed]).toEqual([{ [six(2)]: 'arp' }, 4]);
    expect(await lab.scanner(['ip', '-6', 'neigh', 'show', six(0x50)])).toContain('lladdr');
  });

  it('pings a neighbour that was entered by hand without asking for it', async () => {
    const lab = aLinkLab(1);
    const [{ address }] = JSON.parse(await lab.target(['ip', '-j', 'link', 'show', 'veth0'])) as [{ address: string }];
    await lab.scanner(['ip', 'neigh', 'replace', four(2), 'lladdr', address, 'nud', 'permanent', 'dev', 'veth0']);
    const [own] = JSON.parse(await lab.scanner(['ip', '-j', 'link', 'show', 'veth0'])) as [{ address: string }];
    await lab.target(['ip', 'link', 'set', 'veth0', 'arp', 'off']);
    await lab.target(['ip', 'neigh', 'replace', four(1), 'lladdr', own.address, 'nud', 'permanent', 'dev', 'veth0']);
    await lab.target(
      ...rules('chain input { type filter hook input priority 0; policy drop; icmp type echo-request accept; };'),
    );
    expect((await look(lab, { addresses: [four(2)] })).alive).toEqual({ [four(2)]: 'icmp-echo' });
  });

  it('remembers whom it does not believe from one scan to the next', async () => {
    const lab = aLinkLab(20);
    await lab.target(...rules('chain input { type filter hook input priority 0; policy drop; };'));
    const { alive } = await look(lab, { addresses: range(2, 8).map(four), oneByOne: true, timeoutMs: 150 });
    // Four silent addresses of one neighbour may be a host's own; with the fifth it answers for others.
    expect(alive).toEqual(Object.fromEntries(range(2, 4).map((last) => [four(last), 'arp'])));
  });

  it('takes no forged or foreign reply, and no error of a router, for an answer', async () => {
    const lab = aLinkLab(5);
    await lab.target(...rules('chain input { type filter hook input priority 0; policy drop; };'));
    const job: PingForgerJob = {
      device: 'veth0',
      stranger: four(99),
      forgeries: {
        [four(2)]: 'right',
        [four(3)]: 'identifier',
        [four(4)]: 'payload',
        [four(5)]: 'source',
        [four(6)]: 'unreachable',
      },
    };
    await lab.serve(`import(${JSON.stringify(FORGER)})`, FORGER, JSON.stringify(job));
    const { alive } = await look(lab, { addresses: range(2, 5).map(four) });
    // All of them are on the link; only the first reply adds to that.
    expect(alive).toEqual({
      [four(2)]: 'icmp-echo',
      [four(3)]: 'arp',
      [four(4)]: 'arp',
      [four(5)]: 'arp',
      [four(6)]: 'arp',
    });
  });

  it('has ICMP and TCP alone for what is behind a router', async () => {
    const lab = aLinkLab(1);
    const beyond = range(1, 4).map((last) => `198.18.0.${last}`);
    for (const address of beyond) await lab.target(['ip', 'addr', 'add', `${address}/32`, 'dev', 'lo']);
    await lab.scanner(['ip', 'route', 'add', '198.18.0.0/24', 'via', four(2)]);
    await lab.target(
      ...rules(`chain input { type filter hook input priority 0; policy drop;
        ip daddr 198.18.0.1 icmp type echo-request accept; ip daddr 198.18.0.2 icmp type timestamp-request accept;
        ip daddr 198.18.0.3 tcp dport 80 accept; };`),
    );
    const { alive, complete } = await look(lab, { addresses: [...beyond, '198.18.0.9'] });
    expect([alive, complete]).toEqual([
      { '198.18.0.1': 'icmp-echo', '198.18.0.2': 'icmp-timestamp', '198.18.0.3': 'tcp' },
      true,
    ]);
  });

  it('keeps to the rate with pings and connections together, and sends nothing more when it is told to stop', async () => {
    const lab = aLinkLab(1);
    await lab.scanner(['ip', 'route', 'add', '198.18.0.0/24', 'via', four(2)]);
    await lab.target(
      ...rules(`counter all_seen { }
        chain seen { type filter hook prerouting priority -300; ip daddr 198.18.0.0/24 counter name all_seen drop; };`),
    );
    const addresses = range(1, 200).map((last) => `198.18.0.${last}`);
    const { alive, complete } = await look(lab, { addresses, rate: 100, abortAfterMs: 1_000 });
    const packets = await countedBy(lab);
    expect([alive, complete]).toEqual([{}, false]);
    expect(packets).toBeGreaterThan(50);
    expect(packets).toBeLessThan(150);
  });

  it('takes what nobody on a working link has for silent, and what was asked into a dead link for unknown', async () => {
    const lab = aLinkLab(1);
    const job: LivenessJob = { addresses: [four(7)], withStates: true };
    expect((await look(lab, job)).states).toEqual({ 'filtered (no-neighbour)': 2 });
    await lab.target(['ip', 'link', 'set', 'veth0', 'down']);
    const { alive, states } = await look(lab, { ...job, timeoutMs: 5_000 });
    expect([alive, states]).toEqual([{}, { 'unknown (EHOSTUNREACH)': 2 }]);
  });

  it('asks an address no oftener than its own rate allows', async () => {
    const lab = aLinkLab(1);
    await lab.target(
      ...rules(`counter all_seen { }
        chain seen { type filter hook prerouting priority -300; ip daddr ${four(2)} counter name all_seen drop; };`),
    );
    await look(lab, { addresses: [four(2)], addressRate: 8, ports: '1-100', timeoutMs: 300, abortAfterMs: 2_000 });
    // Eight a second for two seconds and the tokens saved at the start.
    expect(await countedBy(lab)).toBeLessThan(24);
  });

  it('pings neither what is no single station nor what there is no way to', async () => {
    const lab = aLinkLab(1);
    await lab.target(
      ...rules(`counter pings { }
        chain seen { type filter hook prerouting priority -300; meta l4proto icmp counter name pings; meta l4proto tcp drop; };`),
    );
    await look(lab, { addresses: [four(2)] });
    const once = await lab.target(['nft', 'reset', 'counter', 'inet', 'lab', 'pings']);
    expect(once).toMatch(/packets [1-9]/);
    const { alive } = await look(lab, { addresses: ['10.209.2.255', '224.0.0.1', '255.255.255.255', '198.51.100.1'] });
    const counted = await lab.target(['nft', 'list', 'counter', 'inet', 'lab', 'pings']);
    expect([alive, /packets 0 /.test(counted)]).toEqual([{}, true]);
  });
});
