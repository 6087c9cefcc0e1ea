import { describe, expect, it } from 'vitest';
import { Severity } from '../../../core/findings/finding.ts';
import { HIGH_RISK_UDP_PORTS } from '../../../core/findings/high-risk-udp-ports.ts';
import { UDP_PROBES } from '../../../core/scanning/udp/udp-probes.ts';
import { classOf, HIGH_RISK_PORTS, serviceName } from '../../../core/findings/high-risk-ports.ts';

describe('the high-risk list', () => {
  it.each([
    ['TCP', HIGH_RISK_PORTS, 60],
    ['UDP', HIGH_RISK_UDP_PORTS, 20],
  ] as const)('of %s names every port once, ascending, each with a reason and a source', (_, list, least) => {
    const ports = list.map(({ port }) => port);
    expect(ports).toEqual([...new Set(ports)].sort((a, b) => a - b));
    expect(ports.length).toBeGreaterThanOrEqual(least);
    for (const { port, service, severity, why, source } of list) {
      expect(port).toBeGreaterThan(0);
      expect(port).toBeLessThanOrEqual(65_535);
      expect(service).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      expect(Severity.safeParse(severity).success).toBe(true);
      expect(why.length).toBeGreaterThan(5);
      expect(source.length).toBeGreaterThan(3);
    }
  });

  it.each([22, 3389, 6379, 8080, 2375, 9200, 27017, 445, 502])('holds port %i', (port) => {
    expect(classOf(port).class).toBe('high-risk-port');
  });

  it('of UDP holds only what a question of ours is answered by, under the same name', () => {
    const probes = new Map(UDP_PROBES.map(({ port, service }) => [port, service]));
    const unasked = HIGH_RISK_UDP_PORTS.filter(({ port, service }) => probes.get(port) !== service);
    // Both answer any datagram (RFC 864, RFC 865).
    expect(unasked.map(({ service }) => service)).toEqual(['qotd', 'chargen']);
  });

  it('tells UDP from TCP', () => {
    expect(classOf(161, 'udp')).toMatchObject({ class: 'high-risk-port', severity: 'high', service: 'snmp' });
    expect(classOf(161)).toMatchObject({ class: 'risk-port', severity: 'low', service: null });
    expect(classOf(443, 'udp')).toMatchObject({ class: 'risk-port', severity: 'low', service: 'quic' });
    expect(classOf(6379, 'udp')).toMatchObject({ class: 'risk-port', service: null });
    expect([serviceName(53), serviceName(53, 'udp'), serviceName(51_820, 'udp')]).toEqual(['dns', 'dns', 'wireguard']);
  });

  it('gives redis a higher severity than ssh', () => {
    expect(classOf(6379)).toMatchObject({ severity: 'high', service: 'redis' });
    expect(classOf(22)).toMatchObject({ severity: 'medium', service: 'ssh' });
  });

  it('calls any other port a risk port of low severity', () => {
    expect(classOf(443)).toMatchObject({ class: 'risk-port', severity: 'low', service: 'https' });
    expect(classOf(54_321)).toMatchObject({ class: 'risk-port', severity: 'low', service: null });
    expect(serviceName(54_321)).toBeNull();
  });
});
