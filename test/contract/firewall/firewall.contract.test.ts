import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NftablesFirewall } from '../../../adapters/firewall/nftables/nftables-firewall.ts';
import type { PortCloser } from '../../../core/ports/port-closer.ts';
import { afterSteps, closedPorts, sameClosedPorts } from '../../../core/remediation/closed-ports/exact-change.ts';
import type { FirewallStep } from '../../../core/remediation/closed-ports/firewall-step.ts';
import { Namespace } from '../../support/namespace/namespace.ts';
import { describeWith } from '../../support/need.ts';
import { FakeFirewall } from '../../support/remediation/fake-firewall.ts';

function step(
  op: FirewallStep['op'],
  address: string,
  port: number,
  protocol: FirewallStep['protocol'] = 'tcp',
): FirewallStep {
  return { op, address, protocol, port };
}

/** What the use cases rely on, whatever the firewall is made of. */
function holdsTheContract(make: () => PortCloser): void {
  let firewall: PortCloser;

  beforeEach(() => {
    firewall = make();
  });

  it('reads an address that it closes nothing of as such, not as an error', async () => {
    expect(await firewall.read('2001:db8::1', 'tcp')).toEqual({
      target: firewall.target,
      address: '2001:db8::1',
      protocol: 'tcp',
      closed: '',
    });
  });

  it('does after any sequence of steps what set arithmetic says, and reads it back in full', async () => {
    const sequence: FirewallStep[][] = [
      [step('close-port', '192.0.2.3', 22)],
      [step('close-port', '192.0.2.3', 23), step('close-port', '2001:db8::1', 22)],
      [step('close-port', '192.0.2.3', 22)],
      [step('open-port', '192.0.2.3', 22)],
      [step('open-port', '192.0.2.3', 80)],
      [step('open-port', '2001:db8::1', 22), step('close-port', '2001:db8::1', 65_535)],
    ];
    let expected = closedPorts(await firewall.readAll());
    for (const steps of sequence) {
      expected = afterSteps(expected, steps);
      await firewall.apply(steps);
      expect(sameClosedPorts(closedPorts(await firewall.readAll()), expected)).toBe(true);
    }
    expect((await firewall.read('192.0.2.3', 'tcp')).closed).toBe('23');
    expect((await firewall.read('2001:db8::1', 'tcp')).closed).toBe('65535');
  });

  it('keeps TCP and UDP of a port apart', async () => {
    await firewall.apply([step('close-port', '192.0.2.3', 53, 'udp'), step('close-port', '2001:db8::1', 53, 'udp')]);
    expect((await firewall.read('192.0.2.3', 'udp')).closed).toBe('53');
    expect((await firewall.read('192.0.2.3', 'tcp')).closed).toBe('');
    expect(await firewall.admissions('192.0.2.3', 53, 'udp')).toEqual([]);
    expect(await firewall.admissions('192.0.2.3', 53, 'tcp')).toHaveLength(1);
    await firewall.apply([step('close-port', '192.0.2.3', 53), step('open-port', '192.0.2.3', 53, 'udp')]);
    expect((await firewall.read('192.0.2.3', 'udp')).closed).toBe('');
    expect((await firewall.read('192.0.2.3', 'tcp')).closed).toBe('53');
    expect((await firewall.read('2001:db8::1', 'udp')).closed).toBe('53');
  });

  it('names a rule that lets a port in exactly while the port is not closed', async () => {
    expect(await firewall.admissions('192.0.2.3', 22, 'tcp')).toHaveLength(1);
    await firewall.apply([step('close-port', '192.0.2.3', 22)]);
    expect(await firewall.admissions('192.0.2.3', 22, 'tcp')).toEqual([]);
    expect(await firewall.admissions('192.0.2.3', 23, 'tcp')).toHaveLength(1);
    await firewall.apply([step('open-port', '192.0.2.3', 22)]);
    expect(await firewall.admissions('192.0.2.3', 22, 'tcp')).toHaveLength(1);
  });

  it('gives a person at least one command for a step', () => {
    expect(firewall.commandsFor([step('close-port', '192.0.2.3', 22)]).join('\n')).toContain('192.0.2.3');
  });
}

describe('the firewall in memory', () => {
  holdsTheContract(() => new FakeFirewall());
});

describeWith(['root', 'nft', 'ip'], 'nftables', () => {
  let space: Namespace;

  beforeAll(() => {
    space = Namespace.make();
  });

  afterAll(() => space.remove());

  holdsTheContract(() => {
    space.run('nft', 'flush', 'ruleset');
    return new NftablesFirewall({ command: space.inside('nft') });
  });
});
