import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { describeWith } from '../../support/need.ts';
import { aNamespace, type Namespace } from '../../support/scanner/namespace.ts';
import type { ChildJob, ChildResult } from '../../support/scanner/scan-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/scan-child.ts', import.meta.url));
const command = (job: ChildJob): string[] => [process.execPath, CHILD, JSON.stringify(job)];
const scanIn = async (lab: Namespace, job: ChildJob): Promise<ChildResult> =>
  JSON.parse(await lab.run(command(job))) as ChildResult;

const OPEN = [22, 80, 443, 1025, 3306, 6379, 8080, 11_211, 27_017, 40_000, 54_321, 65_535];
const DIALERS = ['handle', 'net'] as const;

describe.each(DIALERS)('the connect engine in a process with 64 file descriptors, dialling with %s', (dialer) => {
  it('uses fewer sockets when it runs out and still finds out about every port', () => {
    const job: ChildJob = { address: '127.8.8.8', ports: '1-3000', nofile: 65_535, rate: 50_000, dialer };
    const [file, ...args] = command(job);
    const out = execFileSync('bash', ['-c', 'ulimit -n 64; exec "$@"', 'bash', file!, ...args], { encoding: 'utf8' });
    const result = JSON.parse(out) as ChildResult;
    expect(result.events).toContain('EMFILE');
    expect(result.states['unknown']).toBeUndefined();
    expect(result.states['filtered']).toBeUndefined();
    const seen = PortSet.parse(result.states['closed'] ?? '').union(PortSet.parse(result.states['open'] ?? ''));
    expect(seen.toString()).toBe('1-3000');
  });
});

describeWith(['root', 'ip', 'nft', 'nmap'], 'the connect engine beside nmap -sT', () => {
  it.each(['10.209.1.2', '2001:db8::2'])(
    'sees the same open, closed and filtered ports of %s among all 65,535',
    async (address) => {
      const lab = aNamespace(address.includes(':') ? `${address}/128` : `${address}/32`);
      await lab.listen(address, OPEN);
      await lab.run(
        ['nft', '-f', '-'],
        `table inet lab { chain input { type filter hook input priority 0; tcp flags syn / syn,ack tcp dport 20000-20019 drop; }; }`,
      );
      const six = address.includes(':') ? ['-6'] : [];
      const xml = await lab.run([
        'nmap',
        ...six,
        '-sT',
        '-Pn',
        '-n',
        '-p1-65535',
        '-T4',
        '--max-retries',
        '1',
        '-oX',
        '-',
        address,
      ]);
      const peer = (state: string): string =>
        PortSet.from(
          [...xml.matchAll(/portid="(\d+)"><state state="(\w+)"/g)]
            .filter((m) => m[2] === state)
            .map((m) => Number(m[1])),
        ).toString();
      const ours = await scanIn(lab, { address, ports: '1-65535' });
      expect(ours.states['open']).toBe(PortSet.from(OPEN).toString());
      expect(ours.states['open']).toBe(peer('open'));
      expect(ours.states['filtered']).toBe('20000-20019');
      expect(ours.states['filtered']).toBe(peer('filtered'));
      expect(ours.states['unknown']).toBeUndefined();
    },
  );
});

describeWith(['root', 'ip', 'nft'], 'the connect engine in a network of its own', () => {
  it('never takes a connection to itself for an open port', async () => {
    const lab = aNamespace();
    // Almost every second connection to one of the only source ports there are would be to itself.
    await lab.run(['sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40003']);
    const totals = { selfConnects: 0 };
    for (const dialer of DIALERS) {
      const result = await scanIn(lab, { address: '127.0.0.1', ports: '40000-40003', times: 30, rate: 1_000, dialer });
      expect(result.states['open']).toBeUndefined();
      expect(result.states['filtered']).toBeUndefined();
      totals.selfConnects += result.selfConnects;
    }
    expect(totals.selfConnects).toBeGreaterThan(0);
  });

  it('never takes two connections of its own that meet for open ports', async () => {
    const lab = aNamespace('10.209.1.2/32');
    // Silent ports keep a SYN waiting; another SYN then comes from where that one goes to, and is answered by it.
    await lab.run(['sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40007']);
    await lab.run(
      ['nft', '-f', '-'],
      'table inet lab { chain input { type filter hook input priority 0; tcp flags syn / syn,ack tcp dport { 40000, 40002 } drop; }; }',
    );
    for (const dialer of DIALERS) {
      const job: ChildJob = {
        address: '10.209.1.2',
        ports: '40000-40007',
        times: 8,
        rate: 1_000,
        timeoutMs: 300,
        dialer,
      };
      const result = await scanIn(lab, job);
      expect(result.states['open']).toBeUndefined();
      expect(result.states['closed']).toBe('40001,40003-40007');
    }
  });

  it.each([1, 2])('stops a host that is open on every port and says so, in %d thread(s)', async (threads) => {
    const lab = aNamespace('10.209.1.2/32');
    await lab.listen('10.209.1.2', [9_999]);
    await lab.run(
      ['nft', '-f', '-'],
      'table ip lab { chain output { type nat hook output priority -100; ip daddr 10.209.1.2 tcp dport 1-65535 redirect to :9999; }; chain input { type nat hook input priority 100; }; }',
    );
    await lab.listen('127.0.0.1', [9_999]);
    const result = await scanIn(lab, { address: '10.209.1.2', ports: '1-65535', rate: 2_000, threads });
    expect(result.events.some((reason) => reason.startsWith('everything-open'))).toBe(true);
    expect(PortSet.parse(result.states['open'] ?? '').size).toBeLessThan(1_000);
    const list = await scanIn(lab, { address: '10.209.1.2', ports: '1-200', rate: 2_000, threads });
    expect(list.states['open']).toBe('1-200');
    expect(list.events).toEqual([]);
  });

  it('takes a port that a firewall rejects for filtered when the host answers elsewhere, and for unknown when it does not', async () => {
    const lab = aNamespace('10.209.1.2/32');
    await lab.run(
      ['nft', '-f', '-'],
      'table ip lab { chain input { type filter hook input priority 0; tcp dport 7000-7009 reject with icmp type admin-prohibited; tcp dport 7010 reject with icmp type port-unreachable; }; }',
    );
    const beside = await scanIn(lab, { address: '10.209.1.2', ports: '6999-7010' });
    expect(beside.states).toEqual({ closed: '6999,7010', filtered: '7000-7009' });
    const alone = await scanIn(lab, { address: '10.209.1.2', ports: '7000-7009' });
    expect(alone.states).toEqual({ unknown: '7000-7009' });
    expect(alone.reasons).toEqual({ EHOSTUNREACH: 10 });
  });

  it.each([
    ['icmp type prot-unreachable', '10.209.1.2', 'ENOPROTOOPT'],
    ['icmpv6 type admin-prohibited', '2001:db8::2', 'EACCES'],
    ['icmpv6 type policy-fail', '2001:db8::2', 'EACCES'],
    ['icmpv6 type reject-route', '2001:db8::2', 'EACCES'],
  ])('takes a port that is rejected with %s for filtered too', async (refusal, address, reason) => {
    const lab = aNamespace(address.includes(':') ? `${address}/128` : `${address}/32`);
    await lab.run(
      ['nft', '-f', '-'],
      `table inet lab { chain input { type filter hook input priority 0; tcp dport 7000-7001 reject with ${refusal}; }; }`,
    );
    const beside = await scanIn(lab, { address, ports: '6999-7001' });
    expect(beside.states).toEqual({ closed: '6999', filtered: '7000-7001' });
    const alone = await scanIn(lab, { address, ports: '7000-7001' });
    expect([alone.states, alone.reasons]).toEqual([{ unknown: '7000-7001' }, { [reason]: 2 }]);
  });

  it('says unknown, with the reason, when there is no way to an address', async () => {
    const lab = aNamespace();
    const result = await scanIn(lab, { address: '203.0.113.9', ports: '1-20' });
    expect(result).toMatchObject({ states: { unknown: '1-20' }, reasons: { ENETUNREACH: 20 } });
  });

  it('finds all twelve open ports of a host that drops everything else', async () => {
    const lab = aNamespace('10.209.1.2/32');
    await lab.listen('10.209.1.2', OPEN);
    await lab.run(
      ['nft', '-f', '-'],
      `table inet lab { chain input { type filter hook input priority 0; tcp flags syn / syn,ack tcp dport != { ${OPEN.join(', ')} } drop; }; }`,
    );
    const result = await scanIn(lab, { address: '10.209.1.2', ports: '1-65535' });
    expect(result.states['open']).toBe(PortSet.from(OPEN).toString());
    expect(PortSet.parse(result.states['filtered'] ?? '').size).toBe(65_535 - OPEN.length);
  }, 60_000);
});
