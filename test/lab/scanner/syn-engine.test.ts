import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { describeWith } from '../../support/need.ts';
import { aLinkLab, type LinkLab } from '../../support/scanner/link-lab.ts';
import type { SynJob, SynResult } from '../../support/scanner/syn-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/syn-child.ts', import.meta.url));
const command = (job: SynJob): string[] => [process.execPath, CHILD, JSON.stringify(job)];
const scan = async (lab: LinkLab, job: SynJob): Promise<SynResult> =>
  JSON.parse(await lab.scanner(command(job))) as SynResult;
const firewall = (lab: LinkLab, rules: string): Promise<string> =>
  lab.target(['nft', '-f', '-'], `table inet lab { ${rules} }\n`);

const OPEN = [22, 80, 443, 1025, 3306, 6379, 8080, 11_211, 27_017, 40_000, 54_321, 65_535];
const OPEN_TEXT = PortSet.from(OPEN).toString();
const ALL = '1-65535';
const FOUR = '10.209.2.2';
const SIX = 'fd00:209::2';
const input = (rules: string): string => `chain input { type filter hook input priority 0; ${rules}; }; `;
const without = (ports: string, taken: string): string =>
  PortSet.parse(ports).subtract(PortSet.parse(taken)).toString();

describeWith(['root', 'ip', 'nft'], 'the syn engine over an Ethernet link', () => {
  it.each([FOUR, SIX])('tells open, closed and dropped ports of %s apart among all 65,535', async (address) => {
    const lab = aLinkLab();
    await lab.listen(OPEN);
    await firewall(lab, input('tcp dport 20000-20019 drop'));
    for (const kernelOnly of [false, true]) {
      const result = await scan(lab, { addresses: [address], ports: ALL, kernelOnly });
      expect(result).toMatchObject({ complete: true, twice: 0, drops: 0, events: [] });
      expect(result.states).toEqual({
        [`${address} open`]: OPEN_TEXT,
        [`${address} filtered`]: '20000-20019',
        [`${address} closed`]: without(ALL, `${OPEN_TEXT},20000-20019`),
      });
      expect(result.reasons).toEqual({ 'syn-ack': 12, 'no-answer': 20, ECONNREFUSED: 65_535 - 32 });
    }
  });

  it('finds all twelve open ports of each of eight hosts that drop everything else', async () => {
    const lab = aLinkLab(8);
    await lab.listen(OPEN);
    await firewall(lab, input(`tcp flags syn / syn,ack tcp dport != { ${OPEN.join(', ')} } drop`));
    const addresses = Array.from({ length: 8 }, (_, i) => `10.209.2.${i + 2}`);
    const { states, complete } = await scan(lab, { addresses, ports: ALL });
    expect(complete).toBe(true);
    for (const address of addresses) {
      expect(states[`${address} open`]).toBe(OPEN_TEXT);
      expect(states[`${address} filtered`]).toBe(without(ALL, OPEN_TEXT));
    }
  });

  it('scans IPv4 and IPv6 targets of one job', async () => {
    const lab = aLinkLab();
    await lab.listen(OPEN);
    const { states } = await scan(lab, { addresses: [SIX, FOUR], ports: '1-1000' });
    expect([states[`${FOUR} open`], states[`${SIX} open`]]).toEqual(['22,80,443', '22,80,443']);
    expect(states[`${SIX} closed`]).toBe(without('1-1000', '22,80,443'));
  });

  it('finds everything although a twentieth of the packets is lost each way', async () => {
    const lab = aLinkLab();
    await lab.listen(OPEN);
    await firewall(
      lab,
      'chain in { type filter hook prerouting priority -300; numgen random mod 100 < 5 drop; }; chain out { type filter hook output priority -300; numgen random mod 100 < 5 drop; };',
    );
    const result = await scan(lab, { addresses: [FOUR], ports: ALL, tries: 2 });
    expect(result.states).toEqual({
      [`${FOUR} open`]: OPEN_TEXT,
      [`${FOUR} closed`]: without(ALL, OPEN_TEXT),
    });
  });

  it('says filtered with the reason where a firewall refuses, and takes a refused port for closed', async () => {
    const lab = aLinkLab();
    await lab.target(['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
    await firewall(
      lab,
      input(
        'meta nfproto ipv4 tcp dport 7000-7009 reject with icmp type admin-prohibited; tcp dport 7010 reject with icmpx type port-unreachable; meta nfproto ipv6 tcp dport 7000-7001 reject with icmpv6 type admin-prohibited',
      ),
    );
    const four = await scan(lab, { addresses: [FOUR], ports: '7000-7009' });
    expect(four.states).toEqual({ [`${FOUR} filtered`]: '7000-7009' });
    expect(four.reasons).toEqual({ 'icmp-admin-prohibited': 10 });
    const six = await scan(lab, { addresses: [SIX], ports: '7000-7001,7010-7011' });
    expect(six.states).toEqual({ [`${SIX} filtered`]: '7000-7001', [`${SIX} closed`]: '7010-7011' });
  });

  it('keeps to the rate of an address over two jobs at once, as the target counts it', async () => {
    const lab = aLinkLab();
    await firewall(lab, `counter syns { }; ${input('tcp flags syn / syn,ack counter name syns drop')}`);
    const abortAfterMs = 1_500;
    await scan(lab, { addresses: [FOUR], ports: ALL, addressRate: 200, jobs: 2, abortAfterMs });
    const [, count] = /packets (\d+)/.exec(await lab.target(['nft', 'list', 'counters'])) ?? [];
    // 200 a second for 1.5 s, and 50 ms of them at first; the process may take a moment to abort.
    expect(Number(count)).toBeGreaterThan(50);
    expect(Number(count)).toBeLessThan(450);
  });

  it('sends no more than the asked rate to all targets together', async () => {
    const lab = aLinkLab(4);
    await firewall(lab, `counter syns { }; ${input('tcp flags syn / syn,ack counter name syns drop')}`);
    const addresses = Array.from({ length: 4 }, (_, i) => `10.209.2.${i + 2}`);
    const result = await scan(lab, { addresses, ports: ALL, rate: 1_000, abortAfterMs: 1_000 });
    const [, count] = /packets (\d+)/.exec(await lab.target(['nft', 'list', 'counters'])) ?? [];
    expect(Number(count)).toBeGreaterThan(100);
    expect(Number(count)).toBeLessThan(1_500);
    expect(result.complete).toBe(false);
    expect(Object.keys(result.states).every((key) => key.endsWith(' filtered'))).toBe(true);
  });

  it('calls nothing on a host open that only claims so: the whole host is stopped', async () => {
    const lab = aLinkLab();
    await lab.listen([9_999]);
    await firewall(lab, 'chain pre { type nat hook prerouting priority -100; tcp dport 1-65535 redirect to :9999; };');
    const result = await scan(lab, { addresses: [FOUR], ports: ALL });
    expect(result.events.some((reason) => reason.startsWith('everything-open'))).toBe(true);
    expect(PortSet.parse(result.states[`${FOUR} open`] ?? '').size).toBeLessThanOrEqual(50);
    const list = await scan(lab, { addresses: [FOUR], ports: '1-200' });
    expect(list.states).toEqual({ [`${FOUR} open`]: '1-200' });
  });

  it('says unknown, with the reason, where there is no way and where nobody has the address', async () => {
    const lab = aLinkLab();
    const away = await scan(lab, { addresses: ['203.0.113.9'], ports: '1-20' });
    expect(away).toMatchObject({ states: { '203.0.113.9 unknown': '1-20' }, reasons: { ENETUNREACH: 20 } });
    const nobody = await scan(lab, { addresses: ['10.209.2.77', FOUR], ports: '1-20' });
    expect(nobody.states).toEqual({ '10.209.2.77 unknown': '1-20', [`${FOUR} closed`]: '1-20' });
    expect(nobody.reasons).toMatchObject({ EHOSTUNREACH: 20 });
  });

  it('says unknown, not filtered, for silence while the kernel could not keep all answers', async () => {
    const lab = aLinkLab();
    await firewall(lab, input('tcp dport 20000-20019 drop'));
    const result = await scan(lab, { addresses: [FOUR], ports: '1-8000,20000-20019', receiveBuffer: 1 });
    expect(result.drops).toBeGreaterThan(0);
    expect(result.events).toContain('receive-drops');
    expect(result.states[`${FOUR} filtered`] ?? '20000-20019').toBe('20000-20019');
    const told = ['closed', 'filtered', 'unknown'].map((state) =>
      PortSet.parse(result.states[`${FOUR} ${state}`] ?? ''),
    );
    expect(told.reduce((all, ports) => all.union(ports)).toString()).toBe('1-8000,20000-20019');
  });

  it('ends with the reason when the firewall of this machine forbids the packets', async () => {
    const lab = aLinkLab();
    await lab.scanner(
      ['nft', '-f', '-'],
      'table ip own { chain output { type filter hook output priority 0; tcp flags syn / syn,ack drop; }; }',
    );
    const result = await scan(lab, { addresses: [FOUR], ports: '1-50', kernelOnly: true });
    expect(result).toMatchObject({ states: { [`${FOUR} unknown`]: '1-50' }, reasons: { EPERM: 50 } });
  });

  it('says unknown for everything when it may not open raw sockets', async () => {
    const lab = aLinkLab();
    const bare = [
      'setpriv',
      '--bounding-set',
      '-net_raw',
      '--inh-caps',
      '-net_raw',
      ...command({ addresses: [FOUR], ports: '1-9' }),
    ];
    const result = JSON.parse(await lab.scanner(bare)) as SynResult;
    expect(result).toMatchObject({ complete: false, states: { [`${FOUR} unknown`]: '1-9' } });
    expect(result.events).toEqual(['socket(AF_PACKET): EPERM']);
  });
});
