import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ManualFirewall } from '../../../adapters/firewall/manual-firewall.ts';
import { NftablesFirewall } from '../../../adapters/firewall/nftables/nftables-firewall.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { FirewallStep } from '../../../core/remediation/closed-ports/firewall-step.ts';
import { describeWith } from '../../support/need.ts';
import { Namespace } from '../../support/namespace/namespace.ts';

const HOST = '127.0.0.1';
const OTHER_HOST = '127.7.7.9';

function close(address: string, port: number): FirewallStep {
  return { op: 'close-port', address, protocol: 'tcp', port };
}

function open(address: string, port: number): FirewallStep {
  return { op: 'open-port', address, protocol: 'tcp', port };
}

describeWith(['root', 'nft', 'ip', 'ipv6'], 'nftables in a namespace of its own', () => {
  let space: Namespace;
  let firewall: NftablesFirewall;
  let rulesOfThisMachine: string;

  beforeAll(async () => {
    rulesOfThisMachine = execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' });
    space = Namespace.make();
    for (const port of [6379, 8080]) {
      for (const host of [HOST, OTHER_HOST, '::1']) await space.listen(host, port);
    }
  });

  beforeEach(() => {
    space.run('nft', 'flush', 'ruleset');
    firewall = new NftablesFirewall({ command: space.inside('nft') });
  });

  afterAll(async () => {
    await space.remove();
    expect(execFileSync('nft', ['list', 'ruleset'], { encoding: 'utf8' })).toBe(rulesOfThisMachine);
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toContain(space.name);
  });

  it('closes nothing while there is no table, and lets the port in by the default of the host', async () => {
    expect(await firewall.readAll()).toEqual([]);
    expect(await firewall.read(HOST, 'tcp')).toEqual({
      target: 'nftables:inet portcullis',
      address: HOST,
      protocol: 'tcp',
      closed: '',
    });
    expect(await firewall.admissions(HOST, 6379, 'tcp')).toEqual([
      { ruleId: 'host:default', source: '0.0.0.0/0', breadth: 'host', byDefault: true },
    ]);
    expect(await firewall.admissions('2001:db8::1', 6379, 'tcp')).toMatchObject([
      { source: '::/0', breadth: 'internet' },
    ]);
    expect(await firewall.capability()).toEqual({ able: true });
    expect(space.run('nft', 'list', 'ruleset')).toBe('');
  });

  it.each([HOST, '::1'])('refuses the closed port of %s and no other, until it is opened again', async (address) => {
    expect(await space.connect(address, 6379)).toBe('open');
    await firewall.apply([close(address, 6379)]);
    expect(await space.connect(address, 6379)).toBe('ECONNREFUSED');
    expect(await space.connect(address, 8080)).toBe('open');
    expect(await space.connect(OTHER_HOST, 6379)).toBe('open');
    expect(await firewall.admissions(address, 6379, 'tcp')).toEqual([]);
    expect(await firewall.admissions(address, 8080, 'tcp')).toHaveLength(1);
    await firewall.apply([open(address, 6379)]);
    expect(await space.connect(address, 6379)).toBe('open');
    expect(await firewall.readAll()).toEqual([]);
  });

  it('cuts a connection that is open at its next packet, and leaves those to other ports', async () => {
    await space.connect(HOST, 6379, 'target');
    await space.connect(HOST, 8080, 'neighbour');
    expect(await space.echo('target')).toBe('echoed');
    await firewall.apply([close(HOST, 6379)]);
    expect(await space.echo('target')).toBe('ECONNRESET');
    expect(await space.echo('neighbour')).toBe('echoed');
  });

  it('changes exactly one element at a time, and repeating a step changes nothing', async () => {
    await firewall.apply([close(HOST, 22), close(OTHER_HOST, 22), close('::1', 22)]);
    const before = await firewall.readAll();
    await firewall.apply([close(HOST, 6379)]);
    await firewall.apply([close(HOST, 6379)]);
    expect(await closedAt(HOST)).toBe('22,6379');
    expect([await closedAt(OTHER_HOST), await closedAt('::1')]).toEqual(['22', '22']);
    await firewall.apply([open(HOST, 6379)]);
    await firewall.apply([open(HOST, 6379)]);
    expect(await firewall.readAll()).toEqual(before);
    const rules = space.run('nft', 'list', 'table', 'inet', 'portcullis').match(/reject with tcp reset/g);
    expect(rules).toHaveLength(2);
  });

  it('applies all steps or none', async () => {
    await firewall.apply([close(HOST, 22)]);
    await expect(firewall.apply([close(HOST, 23), close(HOST, 70_000)])).rejects.toThrow('port 70000');
    await expect(firewall.apply([close(HOST, 23), close('127.0.0.1; flush ruleset', 24)])).rejects.toThrow(
      'not an IP address',
    );
    expect(await closedAt(HOST)).toBe('22');
  });

  it('leaves the tables of others alone, and closes a port that they accept', async () => {
    space.run(
      'nft',
      'add table inet filter; add chain inet filter input { type filter hook input priority filter ; policy accept ; }; add rule inet filter input tcp dport 6379 accept',
    );
    const before = space.run('nft', 'list', 'table', 'inet', 'filter');
    await firewall.apply([close(HOST, 6379)]);
    expect(await space.connect(HOST, 6379)).toBe('ECONNREFUSED');
    expect(space.run('nft', 'list', 'table', 'inet', 'filter')).toBe(before);
  });

  it('carries five hundred elements', async () => {
    const ports = PortSet.parse('20000-20499');
    await firewall.apply([...ports].map((port) => close(OTHER_HOST, port)));
    expect(await closedAt(OTHER_HOST)).toBe('20000-20499');
    await firewall.apply([open(OTHER_HOST, 20_250)]);
    expect(await closedAt(OTHER_HOST)).toBe('20000-20249,20251-20499');
    expect(await space.connect(OTHER_HOST, 8080)).toBe('open');
  });

  it('prints commands that do the same when a person runs them', async () => {
    for (const address of [HOST, '::1']) {
      for (const command of firewall.commandsFor([close(address, 6379)])) space.run('sh', '-c', command);
      expect(await closedAt(address)).toBe('6379');
      expect(await space.connect(address, 6379)).toBe('ECONNREFUSED');
    }
    const byHand = withoutHandles(space.run('nft', 'list', 'table', 'inet', 'portcullis'));
    for (const address of [HOST, '::1']) {
      for (const command of firewall.commandsFor([open(address, 6379)])) space.run('sh', '-c', command);
    }
    expect(await firewall.readAll()).toEqual([]);
    await firewall.apply([close(HOST, 6379), close('::1', 6379)]);
    expect(withoutHandles(space.run('nft', 'list', 'table', 'inet', 'portcullis'))).toBe(byHand);
  });

  it('closes UDP by commands too, refused with ICMP, and does not believe a table without that rule', async () => {
    const udp: FirewallStep = { op: 'close-port', address: HOST, protocol: 'udp', port: 53 };
    for (const command of firewall.commandsFor([udp])) space.run('sh', '-c', command);
    expect((await firewall.read(HOST, 'udp')).closed).toBe('53');
    expect(await closedAt(HOST)).toBe('');
    const ask = "require('dgram').createSocket('udp4').on('error', (e) => { console.log(e.code); process.exit() })";
    const script = `const s = ${ask}; s.connect(53, '${HOST}', () => { s.send('x'); setTimeout(process.exit, 2000) })`;
    expect(space.run(process.execPath, '-e', script).trim()).toBe('ECONNREFUSED');
    const [handle] =
      /udp dport @closed4.*# handle (\d+)/.exec(space.run('nft', '-a', 'list', 'ruleset'))?.slice(1) ?? [];
    space.run('nft', 'delete', 'rule', 'inet', 'portcullis', 'input', 'handle', handle ?? '');
    await expect(firewall.readAll()).rejects.toThrow('lists 1 ports in closed4');
  });

  it('does not believe a table whose rules somebody removed, and says what to do', async () => {
    await firewall.apply([close(HOST, 6379)]);
    space.run('nft', 'flush', 'chain', 'inet', 'portcullis', 'input');
    expect(await space.connect(HOST, 6379)).toBe('open');
    await expect(firewall.readAll()).rejects.toThrow('nft delete table inet portcullis');
    space.run('nft', 'delete', 'table', 'inet', 'portcullis');
    expect(await firewall.readAll()).toEqual([]);
  });

  it('throws when nft cannot be run, and the reason says what to do', async () => {
    const absent = new NftablesFirewall({ command: ['/nonexistent/nft'] });
    await expect(absent.readAll()).rejects.toThrow('not found');
    expect(await absent.capability()).toMatchObject({ able: false, reason: expect.stringContaining('install') });
    const denied = new NftablesFirewall({ command: ['setpriv', '--reuid', '65534', '--clear-groups', 'nft'] });
    await expect(denied.readAll()).rejects.toThrow(/not permitted/);
    expect(await denied.capability()).toMatchObject({ able: false, reason: expect.stringContaining('as root') });
    const manual = new ManualFirewall(denied, 'not root');
    await expect(manual.readAll()).rejects.toThrow(/not permitted/);
    expect(await manual.admissions(HOST, 22, 'tcp')).toMatchObject([{ ruleId: 'host:unread' }]);
    await expect(manual.apply()).rejects.toThrow('not root');
  });

  async function closedAt(address: string): Promise<string> {
    return (await firewall.read(address, 'tcp')).closed;
  }
});

function withoutHandles(listing: string): string {
  return listing.replaceAll(/packets \d+ bytes \d+/g, '');
}
