import { describe, expect, it } from 'vitest';
import { Severity } from '../../../core/findings/finding.ts';
import { classOf, HIGH_RISK_PORTS, serviceName } from '../../../core/findings/high-risk-ports.ts';

describe('the high-risk list', () => {
  it('names every port once, ascending, each with a reason and a source', () => {
    const ports = HIGH_RISK_PORTS.map(({ port }) => port);
    expect(ports).toEqual([...new Set(ports)].sort((a, b) => a - b));
    expect(ports.length).toBeGreaterThanOrEqual(60);
    for (const { port, service, severity, why, source } of HIGH_RISK_PORTS) {
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
