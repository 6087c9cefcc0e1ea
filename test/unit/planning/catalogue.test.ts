import { describe, expect, it } from 'vitest';
import { HIGH_RISK_PORTS } from '../../../core/findings/high-risk-ports.ts';
import { HIGH_RISK_UDP_PORTS } from '../../../core/findings/high-risk-udp-ports.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { parsePorts } from '../../../core/net/ports-spec.ts';
import {
  frequentPart,
  LIVENESS_PORTS,
  ON_CHANGE,
  portsOf,
  scheduleOf,
  TASKS,
} from '../../../core/planning/catalogue.ts';

const TCP_TASKS = TASKS.filter(({ protocol }) => protocol === 'tcp');

const HIGH_RISK_UDP = PortSet.from(HIGH_RISK_UDP_PORTS.map(({ port }) => port)).toString();
/** Where no UDP ports are configured. */
const UDP_OF_ITS_OWN = { '2u': HIGH_RISK_UDP, '4u': '1-65535', '6u': HIGH_RISK_UDP, '9u': HIGH_RISK_UDP };

function portsBy(ports: string | null): Record<string, string | null> {
  return Object.fromEntries(
    TASKS.map((task) => [task.id, portsOf(task, { ports, udpPorts: null })?.toString() ?? null]),
  );
}

function schedules(cadenceMs: number): Record<string, number> {
  return Object.fromEntries(TASKS.map((task) => [task.id, scheduleOf(task, { cadenceMs }).everyMs]));
}

describe('the task catalogue', () => {
  it('has the rows that start by the clock and need no service identification, under their own numbers', () => {
    expect(TASKS.map(({ id, label, ports }) => [id, label, ports])).toEqual([
      ['0', 'IP_ASSETS', 'liveness'],
      ['1', 'IP_ONLINE', 'all'],
      ['2', 'IP_ONLINE', 'high-risk'],
      ['4', 'PORT_OPEN', 'open-ports'],
      ['6', 'IP_OFFLINE', 'high-risk'],
      ['7', 'IP_OFFLINE', 'all'],
      ['8', 'IP_ASSETS', 'all'],
      ['9', 'PORT_ADMITTED', 'admitted-ports'],
      ['2u', 'IP_ONLINE', 'high-risk'],
      ['4u', 'PORT_OPEN', 'open-ports'],
      ['6u', 'IP_OFFLINE', 'high-risk'],
      ['9u', 'PORT_ADMITTED', 'admitted-ports'],
    ]);
  });

  it('gives every row its own name and priority, and shard fields that a shard may have', () => {
    expect(new Set(TASKS.map(({ name }) => name)).size).toBe(TASKS.length);
    expect(new Set(TASKS.map(({ priority }) => priority)).size).toBe(TASKS.length);
    for (const task of TASKS) {
      expect(task.tries).toBeGreaterThanOrEqual(1);
      // Between 1.0 and 1.1 s the second SYN leaves and its answer comes too late (research/anchors-scanners.md section 1).
      expect(task.timeoutMs).toBeGreaterThan(1_100);
      expect(task.timeoutMs).toBeLessThanOrEqual(10_000);
      // EventBridge Scheduler repeats once a minute at most.
      expect(task.everyMs % 60_000).toBe(0);
    }
  });

  it('looks at every address when it starts: online or offline at the high-risk ports, all for life', () => {
    expect(TASKS.filter(({ firstRunAtStart }) => firstRunAtStart).map(({ id }) => id)).toEqual([
      '0',
      '1',
      '2',
      '4',
      '6',
      '2u',
    ]);
  });

  it('follows the design with a cadence of ten minutes', () => {
    expect(schedules(600_000)).toEqual({
      0: 600_000,
      1: 86_400_000,
      2: 600_000,
      4: 600_000,
      6: 7_200_000,
      7: 604_800_000,
      8: 604_800_000,
      9: 600_000,
      '2u': 21_600_000,
      '4u': 3_600_000,
      '6u': 86_400_000,
      '9u': 3_600_000,
    });
  });

  it('repeats tasks 0, 2, 4 and 9 at a shorter cadence and leaves the others', () => {
    expect(schedules(10_000)).toEqual({
      0: 10_000,
      1: 86_400_000,
      2: 10_000,
      4: 10_000,
      6: 7_200_000,
      7: 604_800_000,
      8: 604_800_000,
      9: 10_000,
      '2u': 21_600_000,
      '4u': 3_600_000,
      '6u': 86_400_000,
      '9u': 3_600_000,
    });
  });

  it('repeats nothing more often than a long cadence', () => {
    expect(schedules(43_200_000)).toMatchObject({
      0: 43_200_000,
      2: 43_200_000,
      4: 43_200_000,
      6: 43_200_000,
      1: 86_400_000,
    });
  });

  it('sweeps its own lists without a configured one', () => {
    const highRisk = PortSet.from(HIGH_RISK_PORTS.map(({ port }) => port)).toString();
    expect(portsBy(null)).toEqual({
      0: '22,25,53,80,443,445,3306,3389,6379,8080,8443,9200',
      1: '1-65535',
      2: highRisk,
      4: '1-65535',
      6: highRisk,
      7: '1-65535',
      8: '1-65535',
      9: '1-65535',
      ...UDP_OF_ITS_OWN,
    });
  });

  it('sweeps exactly a configured list, and drops the full scans', () => {
    expect(portsBy('22,6000-6400')).toEqual({
      0: '22,6379',
      1: null,
      2: '22,6000-6400',
      4: '22,6000-6400',
      6: '22,6000-6400',
      7: null,
      8: null,
      9: '22,6000-6400',
      ...UDP_OF_ITS_OWN,
    });
  });

  it('never exceeds a configured list, in any task', () => {
    for (const ports of ['54321', '1-100', 'high-risk', 'all', '80,443']) {
      const listed = portsOf(
        TASKS.find(({ id }) => id === '2')!,
        { ports, udpPorts: null },
      )!;
      for (const task of TCP_TASKS)
        expect((portsOf(task, { ports, udpPorts: null }) ?? PortSet.EMPTY).subtract(listed).isEmpty).toBe(true);
    }
  });

  it('takes a configured UDP list for every row of UDP, and for no other; the empty one turns UDP off', () => {
    const udp = TASKS.filter(({ protocol }) => protocol === 'udp');
    for (const udpPorts of ['53', '161-162']) {
      expect(udp.map((task) => portsOf(task, { ports: '22', udpPorts })?.toString())).toEqual(udp.map(() => udpPorts));
    }
    expect(udp.map((task) => portsOf(task, { ports: null, udpPorts: '' }))).toEqual(udp.map(() => null));
    expect(TCP_TASKS.map((task) => portsOf(task, { ports: null, udpPorts: '' }))).not.toContain(null);
  });

  it('probes what a change let in at once and then ever more slowly, as no row of the schedule', () => {
    expect(ON_CHANGE.afterSeconds).toEqual([0, 3, 10, 30, 60, 120, 300]);
    expect(TASKS.map(({ id }) => id)).not.toContain(ON_CHANGE.id);
    expect(portsOf(ON_CHANGE, { ports: null, udpPorts: null })?.equals(PortSet.ALL)).toBe(true);
    expect(portsOf(ON_CHANGE, { ports: '22,80', udpPorts: null })?.toString()).toBe('22,80');
  });

  it('probes all of what few admitted ports there are often, and of very many those of high risk', () => {
    expect(frequentPart(PortSet.parse('1-1024')).size).toBe(1_024);
    expect(frequentPart(PortSet.parse('1-1025')).toString()).toBe(
      parsePorts('high-risk').intersect(PortSet.parse('1-1025')).toString(),
    );
  });

  it('asks for no sign of life when the configured list has none of those ports', () => {
    expect(portsBy('54321')[0]).toBeNull();
    expect(LIVENESS_PORTS.size).toBe(12);
  });
});
