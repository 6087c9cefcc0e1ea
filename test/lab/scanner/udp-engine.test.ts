import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { aLinkLab, type LinkLab } from '../../support/scanner/link-lab.ts';
import type { UdpJob, UdpResult } from '../../support/scanner/udp-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/udp-child.ts', import.meta.url));
const scan = async (lab: LinkLab, job: UdpJob): Promise<UdpResult> =>
  JSON.parse(await lab.scanner([process.execPath, CHILD, JSON.stringify(job)])) as UdpResult;
const firewall = (lab: LinkLab, rules: string): Promise<string> =>
  lab.target(['nft', '-f', '-'], `table inet lab { ${rules} }\n`);
const input = (rules: string): string => `chain input { type filter hook input priority 0; ${rules}; }; `;

/** A new link takes a second or so until neighbours find each other over IPv6. */
async function untilReached(lab: LinkLab, address: string, port: string): Promise<void> {
  for (let left = 20; left > 0; left -= 1) {
    const { states } = await scan(lab, { targets: { [address]: port } });
    if (states[address]?.['open (answered)'] === port) return;
  }
  throw new Error(`${address} is not reached`);
}

const FOUR = '10.209.2.2';
const SIX = 'fd00:209::2';

/** Answers each datagram on the ports of the first argument, at the addresses of the second, with one byte. */
const RESPONDER = `
  const { createSocket } = require('node:dgram');
  const [ports, hosts] = process.argv.slice(1).map((text) => text.split(','));
  let left = ports.length * hosts.length;
  for (const host of hosts) for (const port of ports) {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
    socket.on('message', (_, from) => socket.send('x', from.port, from.address));
    socket.bind(Number(port), host, () => { left -= 1; if (left === 0) console.log('ready'); });
  }
`;

/** Answers DNS questions to port 53 from port 1053, and questions to port 5683 with somebody else's number. */
const STRANGER = `
  const { createSocket } = require('node:dgram');
  const [dns, other, coap] = [53, 1053, 5683].map((port) => { const s = createSocket('udp4'); s.bind(port); return s; });
  dns.on('message', (bytes, from) => { bytes[2] |= 0x80; other.send(bytes, from.port, from.address); });
  coap.on('message', (bytes, from) => { bytes[0] = 0x70; bytes[2] ^= 1; coap.send(bytes, from.port, from.address); });
  coap.on('listening', () => console.log('ready'));
`;

/** A host that sees nothing of a scan and sends forged answers of DNS from its own port 53 to every port there is. */
const FORGER = `
  const socket = require('node:dgram').createSocket('udp4');
  const answer = Buffer.from('12348400000000000000000000', 'hex');
  socket.bind(53, () => {
    console.log('ready');
    let port = 49152;
    setInterval(() => {
      for (let i = 0; i < 400; i += 1) { socket.send(answer, port, '10.209.2.1'); port = port === 65535 ? 49152 : port + 1; }
    }, 5);
  });
`;

describeWith(['root', 'ip', 'nft'], 'the udp engine over an Ethernet link', () => {
  it('waits for the ICMP errors of a Linux host, one a second, and so tells closed ports from dropped ones', async () => {
    const lab = aLinkLab();
    expect(await lab.target(['sysctl', '-n', 'net.ipv4.icmp_ratelimit'])).toBe('1000\n');
    await lab.serve(RESPONDER, '7777', FOUR);
    await firewall(lab, input('udp dport 5000-5002 drop; udp dport 5010 reject with icmpx type admin-prohibited'));
    const { states, complete } = await scan(lab, { targets: { [FOUR]: '100-107,5000-5002,5010,7777' } });
    expect(states).toEqual({
      [FOUR]: {
        'open (answered)': '7777',
        'closed (icmp-port-unreachable)': '100-107',
        'filtered (no-answer)': '5000-5002',
        'filtered (icmp-admin-prohibited)': '5010',
      },
    });
    expect(complete).toBe(true);
  });

  it('does the same over IPv6, where more errors are allowed', async () => {
    const lab = aLinkLab();
    await lab.serve(RESPONDER, '7777', SIX);
    await untilReached(lab, SIX, '7777');
    await firewall(lab, input('udp dport 5000-5009 drop; udp dport 5010 reject with icmpx type admin-prohibited'));
    const { states } = await scan(lab, { targets: { [SIX]: '100-124,5000-5010,7777' } });
    expect(states).toEqual({
      [SIX]: {
        'open (answered)': '7777',
        'closed (icmp-port-unreachable)': '100-124',
        'filtered (no-answer)': '5000-5009',
        'filtered (icmp-admin-prohibited)': '5010',
      },
    });
  });

  it('takes silence for filtered where a host drops everything but what answers', async () => {
    const lab = aLinkLab(3);
    const addresses = [2, 3, 4].map((last) => `10.209.2.${last}`);
    await lab.serve(RESPONDER, '53,123,40000', addresses.join(','));
    await firewall(lab, input('udp dport != { 53, 123, 40000 } drop'));
    const targets = Object.fromEntries(addresses.map((address) => [address, '1-2000,40000']));
    const { states } = await scan(lab, { targets, rate: 20_000 });
    for (const address of addresses) {
      expect(states[address]).toEqual({
        'open (answered)': '40000',
        // One byte is no answer to a question of DNS or NTP.
        'unknown (unexpected-answer)': '53,123',
        'filtered (no-answer)': '1-52,54-122,124-2000',
      });
    }
  });

  it('calls nothing open that answers from another port, or does not repeat what it was sent', async () => {
    const lab = aLinkLab();
    await lab.serve(STRANGER);
    const { states } = await scan(lab, { targets: { [FOUR]: '53,99,5683' } });
    expect(states[FOUR]).toEqual({
      'unknown (unexpected-answer)': '53,5683',
      'closed (icmp-port-unreachable)': '99',
    });
  });

  it('calls nothing open that a forger answers who cannot see the questions', async () => {
    const lab = aLinkLab();
    await lab.serve(FORGER);
    const { states } = await scan(lab, { targets: { [FOUR]: '53' }, timeoutMs: 1_500, tries: 2 });
    // 16,384 ports at 80,000 a second: each of ours was hit, more than once.
    expect(states[FOUR]).toEqual({ 'unknown (unexpected-answer)': '53' });
  });

  it('keeps to the rate of an address, controls included, as the target counts it', async () => {
    const lab = aLinkLab();
    await lab.target(['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0']);
    await firewall(lab, `counter probes { }; ${input('counter name probes; udp dport 1000-1039 drop')}`);
    const before = Date.now();
    const { states, probes } = await scan(lab, { targets: { [FOUR]: '1000-1079' }, addressRate: 100, timeoutMs: 200 });
    const seconds = (Date.now() - before) / 1_000;
    expect(states[FOUR]).toEqual({
      'closed (icmp-port-unreachable)': '1040-1079',
      'filtered (no-answer)': '1000-1039',
    });
    expect(probes).toBeGreaterThan(120);
    expect(probes).toBeLessThan(100 * seconds + 20);
  });

  it("slows down when this machine's own queue is full, and loses nothing by it", async () => {
    const lab = aLinkLab();
    await lab.target(['sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0']);
    await lab.scanner([
      'tc',
      'qdisc',
      'add',
      'dev',
      'veth0',
      'root',
      'tbf',
      'rate',
      '100kbit',
      'burst',
      '1600',
      'limit',
      '1600',
    ]);
    const { states, losses } = await scan(lab, { targets: { [FOUR]: '1001-1300' }, rate: 20_000 });
    expect(losses).toContain('ENOBUFS');
    expect(states[FOUR]).toEqual({ 'closed (icmp-port-unreachable)': '1001-1300' });
  });

  it('goes on with IPv4 where this machine has no IPv6', async () => {
    const lab = aLinkLab();
    await lab.scanner(['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
    const { states } = await scan(lab, { targets: { [SIX]: '53,99', [FOUR]: '99' } });
    expect(states[FOUR]).toEqual({ 'closed (icmp-port-unreachable)': '99' });
    const [said] = Object.entries(states[SIX] ?? {});
    expect(said).toEqual([expect.stringMatching(/^unknown \((?:EADDRNOTAVAIL|ENETUNREACH)\)$/), '53,99']);
  });

  it('asks again where it was told once that there is no way', async () => {
    const lab = aLinkLab();
    await lab.serve(RESPONDER, '7777,7778', FOUR);
    const once = 'limit rate 1/hour burst 1 packets reject with icmp type host-unreachable';
    await firewall(lab, input(`udp dport 7777 ${once}; udp dport 7778 reject with icmp type host-unreachable`));
    const { states } = await scan(lab, { targets: { [FOUR]: '7777,7778' }, tries: 2 });
    expect(states[FOUR]).toEqual({ 'open (answered)': '7777', 'filtered (EHOSTUNREACH)': '7778' });
  });

  it('says unknown when there is no way to an address', async () => {
    const lab = aLinkLab();
    const { states, complete } = await scan(lab, { targets: { '203.0.113.9': '53,99' } });
    expect(states['203.0.113.9']).toEqual({ 'unknown (ENETUNREACH)': '53,99' });
    expect(complete).toBe(true);
  });

  it('says unknown, with the reason, when its own firewall stops the probes', async () => {
    const lab = aLinkLab();
    await lab.scanner(
      ['nft', '-f', '-'],
      'table inet lab { chain output { type filter hook output priority 0; udp dport 53 drop; }; }\n',
    );
    const { states } = await scan(lab, { targets: { [FOUR]: '53,99' } });
    expect(states[FOUR]).toEqual({ 'unknown (EPERM)': '53', 'closed (icmp-port-unreachable)': '99' });
  });
});
