import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import {
  afterSteps,
  closedPorts,
  InexactChange,
  proveExact,
  proveOnly,
  sameClosedPorts,
} from '../../../core/remediation/closed-ports/exact-change.ts';

// Few ports, so that sets overlap often.
const port = fc.integer({ min: 1, max: 12 });
const ports = fc.uniqueArray(port, { maxLength: 12 });

function isProved(before: readonly number[], after: readonly number[], changed: number): boolean {
  try {
    proveExact(PortSet.from(before), PortSet.from(after), changed);
    return true;
  } catch (error) {
    if (error instanceof InexactChange) return false;
    throw error;
  }
}

describe('the proof that exactly one port was closed', () => {
  it('agrees with counting set members', () => {
    fc.assert(
      fc.property(ports, ports, port, (before, after, changed) => {
        const wanted = new Set([...before, changed]);
        const exact =
          !before.includes(changed) && after.length === wanted.size && after.every((member) => wanted.has(member));
        expect(isProved(before, after, changed)).toBe(exact);
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts the change it is meant for', () => {
    fc.assert(
      fc.property(ports, port, (before, changed) => {
        fc.pre(!before.includes(changed));
        expect(isProved(before, [...before, changed], changed)).toBe(true);
      }),
    );
  });

  it('names what differs besides', () => {
    expect(() => proveExact(PortSet.of(22), PortSet.of(80, 81), 6379)).toThrow(
      'not closed: 22,6379; closed besides: 80-81',
    );
  });
});

describe('the proof over the whole firewall', () => {
  const step = { op: 'close-port', address: '192.0.2.3', protocol: 'tcp', port: 22 } as const;

  it('fails when any other address changed at the same time', () => {
    const closed = (address: string, protocol: 'tcp' | 'udp', list: string) => ({
      target: 't',
      address,
      protocol,
      closed: list,
    });
    const before = closedPorts([closed('192.0.2.4', 'tcp', '80')]);
    const after = closedPorts([closed('192.0.2.3', 'tcp', '22')]);
    expect(() => proveOnly(step, before, after)).toThrow(InexactChange);
    expect(() => proveOnly(step, before, new Map([...before, ...after]))).not.toThrow();
    const udpToo = closedPorts([closed('192.0.2.3', 'tcp', '22'), closed('192.0.2.3', 'udp', '22')]);
    expect(() => proveOnly(step, new Map(), udpToo)).toThrow(
      'more than "close-port 192.0.2.3:22" differs at udp 192.0.2.3',
    );
  });

  it('holds for a step and for its inverse, which leads back to where it began', () => {
    const address = fc.constantFrom('192.0.2.3', '192.0.2.4', '2001:db8::1');
    const protocol = fc.constantFrom<'tcp' | 'udp'>('tcp', 'udp');
    const pairs = fc.array(fc.tuple(address, port, protocol), { maxLength: 20 });
    fc.assert(
      fc.property(pairs, address, port, protocol, (closed, where, which, over) => {
        const before = closedPorts(
          closed.map(([at, one, by]) => ({ target: 't', address: at, protocol: by, closed: `${one}` })),
        );
        fc.pre(!closed.some(([at, one, by]) => at === where && one === which && by === over));
        const close = { op: 'close-port', address: where, protocol: over, port: which } as const;
        const open = { ...close, op: 'open-port' } as const;
        const after = afterSteps(before, [close]);
        proveOnly(close, before, after);
        const back = afterSteps(after, [open]);
        proveOnly(open, after, back);
        expect(sameClosedPorts(back, before)).toBe(true);
        expect(sameClosedPorts(after, before)).toBe(false);
      }),
    );
  });
});
