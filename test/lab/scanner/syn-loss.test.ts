import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { describeWith } from '../../support/need.ts';
import { aLinkLab, type LinkLab } from '../../support/scanner/link-lab.ts';
import { twoPlaces } from '../../support/scanner/network-lab.ts';
import type { SynJob, SynResult } from '../../support/scanner/syn-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/syn-child.ts', import.meta.url));
const OPEN = [22, 80, 443, 1025, 3306, 6379, 8080, 11_211, 27_017, 40_000, 54_321, 65_535];
const OPEN_TEXT = PortSet.from(OPEN).toString();
const ALL = PortSet.ALL.size;
const SILENT = `tcp flags syn / syn,ack tcp dport != { ${OPEN.join(', ')} } drop`;
const LOST = 'meta l4proto tcp numgen random mod 100 < 5 drop';

/** One try as the tasks ask for it: two SYNs. */
async function scan(lab: LinkLab, addresses: readonly string[]): Promise<SynResult> {
  const job: SynJob = { addresses, ports: '1-65535', timeoutMs: 1_250 };
  return JSON.parse(await lab.scanner([process.execPath, CHILD, JSON.stringify(job)])) as SynResult;
}

const firewall = (lab: LinkLab, rules: string): Promise<string> =>
  lab.target(['nft', '-f', '-'], `table inet lab { ${rules}; }\n`);

describeWith(['root', 'ip', 'nft'], 'how often the syn engine asks', () => {
  it('asks a silent port once where it has measured that nothing is lost, twice where nobody ever answers', async () => {
    const lab = aLinkLab(2);
    await lab.listen(OPEN);
    await firewall(
      lab,
      `chain input { type filter hook input priority 0; ip daddr 10.209.2.3 tcp flags syn / syn,ack drop; ${SILENT}; }`,
    );
    const answering = await scan(lab, ['10.209.2.2']);
    expect(answering.states['10.209.2.2 open']).toBe(OPEN_TEXT);
    expect(answering.complete).toBe(true);
    expect(answering.probes).toBeLessThan(ALL * 1.5);
    const silent = await scan(lab, ['10.209.2.3']);
    expect(silent.states).toEqual({ '10.209.2.3 filtered': '1-65535' });
    expect(silent.probes).toBe(ALL * 2);
  });

  it('asks as often as it takes when a twentieth is lost each way, with one try', async () => {
    const lab = aLinkLab(8);
    await lab.listen(OPEN);
    await firewall(
      lab,
      `chain in { type filter hook prerouting priority -300; ${LOST}; }; chain out { type filter hook output priority -300; ${LOST}; }; chain input { type filter hook input priority 0; ${SILENT}; }`,
    );
    const addresses = Array.from({ length: 8 }, (_, i) => `10.209.2.${i + 2}`);
    const { states, probes } = await scan(lab, addresses);
    expect(probes).toBeGreaterThan(ALL * 8 * 2);
    for (const address of addresses) expect(states[`${address} open`]).toBe(OPEN_TEXT);
  });
});

/** Ten ports of each; 22 and 80 are open, 1 to 10 answer RST. */
const REJECTED = [
  ['101-110', 'icmpv6 type admin-prohibited', 'icmp type admin-prohibited'],
  ['201-210', 'icmpv6 type addr-unreachable', 'icmp type host-unreachable'],
  ['301-310', 'icmpv6 type port-unreachable', 'icmp type port-unreachable'],
] as const;

describeWith(['root', 'ip', 'nft'], 'the loss that the syn engine states', () => {
  it.each(['fd00:210::2', '10.210.0.2'])(
    'is none where the kernel of %s holds its ICMP errors back',
    async (address) => {
      const six = address.includes(':');
      const { scanner, target } = twoPlaces();
      const limit = six ? 'net.ipv6.icmp.ratelimit' : 'net.ipv4.icmp_ratelimit';
      // One a second, as Linux comes.
      await target.run(['sysctl', '-qw', `${limit}=1000`]);
      const rules = REJECTED.map(([ports, of6, of4]) => `tcp dport ${ports} reject with ${six ? of6 : of4}; `);
      const held = 'type filter hook output priority 0; meta l4proto { icmp, ipv6-icmp } counter name errors; ';
      await target.nft(
        `table inet lab { counter errors { }; chain in { type filter hook input priority 0; ${rules.join('')} }; chain out { ${held} }; }\n`,
      );
      await target.listen([22, 80]);
      const ports = `1-10,22,80,${REJECTED.map(([some]) => some).join(',')}`;
      const { states, loss, events } = await scanner.scan({ addresses: [address], ports, tries: 2, rate: 5_000 });
      expect(await target.counted('errors')).toBeLessThan(30);
      expect(states[`${address} open`]).toBe('22,80');
      expect([loss, events]).toEqual([0, []]);
    },
  );
});
