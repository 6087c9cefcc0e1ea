import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingIdOf } from '../../../core/findings/finding.ts';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { applyResult, DEFAULT_CLOSURE_POLICY, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import type { ResultContext } from '../../../core/fingerprints/result-context.ts';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { toInstant } from '../../../core/time.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { anAddressResult, anOpenPort } from '../../builders/shard-result.ts';

const SWEEP: ResultContext = { status: 'complete', purpose: 'sweep', runId: 'r-1', engine: 'udp' };
const CONFIRM: ResultContext = { ...SWEEP, purpose: 'confirm' };
const NEVER = emptyFingerprint('192.0.2.3', '2026-03-01T09:00:00.000Z', 'udp');
/** 161 open, 53 and 161 observed at 09:00. */
const SNMP = aFingerprint({
  protocol: 'udp',
  open: '161',
  history: [{ port: 161, transitions: 1, changedAt: '2026-03-01T09:00:00.000Z', closedBy: null }],
  observed: [{ ports: '53,161', at: '2026-03-01T09:00:00.000Z' }],
});

/** A look at 53 and 161 at one moment of 2026-03-01; what is neither in `answered` nor in `refused` is silent. */
function look(
  before: Fingerprint,
  time: string,
  { answered = [], refused = '', covered = '53,161' }: { answered?: number[]; refused?: string; covered?: string },
  context: ResultContext = SWEEP,
) {
  const at = `2026-03-01T${time}.000Z`;
  const result: AddressResult = anAddressResult({
    protocol: 'udp',
    covered,
    open: answered.map((port) => anOpenPort(port, { reason: 'answered' })),
    closed: refused,
    startedAt: at,
    finishedAt: at,
  });
  return applyResult(before, result, context, DEFAULT_CLOSURE_POLICY);
}

const kinds = ({ changes }: ReturnType<typeof look>) => changes.map(({ kind, port }) => `${kind} ${port}`);
const asked = ({ confirm }: ReturnType<typeof look>) =>
  confirm.map(({ ports, delayMs }) => `${ports.toString()} after ${delayMs} ms`);

describe('an opening over UDP', () => {
  it('is one answer, and a second one to a shard that was asked for because of the first', () => {
    const first = look(NEVER, '09:00:10', { answered: [161] });
    expect([kinds(first), asked(first)]).toEqual([[], ['161 after 0 ms']]);
    expect(first.fingerprint).toMatchObject({ open: '', pendingOpen: '161', protocol: 'udp' });
    const second = look(first.fingerprint, '09:00:12', { answered: [161], covered: '161' }, CONFIRM);
    expect(kinds(second)).toEqual(['first-seen 161']);
    expect(second.fingerprint).toMatchObject({ open: '161', pendingOpen: '' });
    expect(second.changes[0]).toMatchObject({
      protocol: 'udp',
      evidence:
        'Port 161 answered a UDP request for the second time in 0.4 ms (engine udp, 2026-03-01T09:00:12.000Z); never observed before.',
    });
  });

  it('is an event where the port was observed not open before', () => {
    const first = look(SNMP, '09:00:10', { answered: [53, 161] });
    const second = look(first.fingerprint, '09:00:12', { answered: [53], covered: '53' }, CONFIRM);
    expect(kinds(second)).toEqual(['opened 53']);
  });

  it('is none when the same answer is delivered again, or another sweep hears one', () => {
    const first = look(NEVER, '09:00:10', { answered: [161] });
    const again = look(first.fingerprint, '09:00:10', { answered: [161] });
    const later = look(again.fingerprint, '09:10:10', { answered: [161] });
    expect([kinds(again), kinds(later)]).toEqual([[], []]);
    expect(asked(later)).toEqual(['161 after 0 ms']);
    expect(later.fingerprint).toMatchObject({ open: '', pendingOpen: '161' });
  });

  it('is none when the second request stays without an answer', () => {
    const first = look(SNMP, '09:00:10', { answered: [53, 161] });
    const second = look(first.fingerprint, '09:00:12', { covered: '53' }, CONFIRM);
    expect(kinds(second)).toEqual([]);
    expect(second.fingerprint).toMatchObject({ open: '161', pendingOpen: '' });
  });

  it('is asked for once more when only a confirmation heard the port', () => {
    const first = look(NEVER, '09:00:12', { answered: [161], covered: '161' }, CONFIRM);
    expect([kinds(first), asked(first)]).toEqual([[], ['161 after 0 ms']]);
    const second = look(first.fingerprint, '09:00:14', { answered: [161], covered: '161' }, CONFIRM);
    expect(kinds(second)).toEqual(['first-seen 161']);
  });
});

describe('a closure over UDP', () => {
  it('is two ICMP errors', () => {
    const first = look(SNMP, '09:00:10', { refused: '53,161' });
    expect([kinds(first), asked(first)]).toEqual([[], ['161 after 0 ms']]);
    const second = look(first.fingerprint, '09:00:11', { refused: '161', covered: '161' }, CONFIRM);
    expect(kinds(second)).toEqual(['closed 161']);
    expect(second.fingerprint.history[0]).toMatchObject({ closedBy: 'refused' });
  });

  it('by silence takes five requests, each further from the last than a server that limits its answers keeps silent', () => {
    let now = look(SNMP, '09:00:10', {});
    const delays: string[][] = [asked(now)];
    for (const time of ['09:00:25', '09:01:25', '09:06:25', '09:21:25']) {
      expect(kinds(now)).toEqual([]);
      now = look(now.fingerprint, time, { covered: '161' }, CONFIRM);
      delays.push(asked(now));
    }
    expect(kinds(now)).toEqual(['closed 161']);
    expect(now.fingerprint.history[0]).toMatchObject({ closedBy: 'silence' });
    expect(delays.flat()).toEqual([
      '161 after 15000 ms',
      '161 after 60000 ms',
      '161 after 300000 ms',
      '161 after 900000 ms',
    ]);
  });

  it('is off as soon as the port answers', () => {
    const silent = look(SNMP, '09:00:10', {});
    const heard = look(silent.fingerprint, '09:00:25', { answered: [161], covered: '161' }, CONFIRM);
    expect(heard.fingerprint).toMatchObject({ open: '161', pendingClosed: [] });
  });
});

describe('the two protocols of an address', () => {
  it('have nothing to do with each other', () => {
    const tcp = anAddressResult({ covered: '53,161', open: [] });
    expect(() => applyResult(SNMP, tcp, SWEEP, DEFAULT_CLOSURE_POLICY)).toThrow(
      'A result about tcp of 192.0.2.3 cannot change the fingerprint of udp of 192.0.2.3.',
    );
  });

  it('have findings of their own, and those of TCP keep their ids', () => {
    expect(findingIdOf('local', 'local', '192.0.2.3', 'tcp', 6379)).toBe('f-e533abb75702d340');
    expect(findingIdOf('local', 'local', '192.0.2.3', 'udp', 6379)).toBe('f-d37a7ca0d9de7a4d');
  });
});

type Heard = 'answered' | 'refused' | 'silent';
const step = fc.record({
  heard: fc.constantFrom<Heard>('answered', 'answered', 'refused', 'silent', 'silent'),
  purpose: fc.constantFrom<ResultContext['purpose']>('sweep', 'sweep', 'confirm', 'verify'),
  status: fc.constantFrom<ResultContext['status']>('complete', 'complete', 'complete', 'partial'),
  seconds: fc.constantFrom(0, 1, 14, 15, 60, 300, 900),
});

/** The rules written down a second time, for one port. */
class Oracle {
  open = false;
  half = false;
  refused = 0;
  silent = 0;
  #last = 0;
  /** When the port was observed last, and settled. */
  #seen: number | null = null;

  take({ heard, purpose, status }: { heard: Heard; purpose: string; status: string }, at: number): string | null {
    if (this.#seen !== null && at <= this.#seen) return null;
    if (heard === 'answered') {
      [this.refused, this.silent] = [0, 0];
      if (this.open || (this.half && purpose === 'confirm')) {
        const opened = !this.open;
        [this.open, this.half, this.#seen] = [true, false, at];
        return opened ? 'open' : null;
      }
      this.half = true;
      if (this.#seen !== null) this.#seen = at;
      return null;
    }
    if (status !== 'complete') return null;
    [this.#seen, this.half] = [at, false];
    if (!this.open) return null;
    const gap = [0, 15, 60, 300, 900][this.refused + this.silent] ?? 0;
    if (heard === 'refused') this.refused += 1;
    else if (this.refused + this.silent === 0 || at >= this.#last + gap) this.silent += 1;
    else return null;
    this.#last = at;
    if (this.refused < 2 && this.refused + this.silent < 5) return null;
    [this.open, this.refused, this.silent] = [false, 0, 0];
    return 'closed';
  }
}

describe('any history of UDP answers', () => {
  it('opens and closes a port as the rules say', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const oracle = new Oracle();
        let fingerprint = NEVER;
        let at = Date.UTC(2026, 2, 1, 9) / 1_000;
        for (const one of steps) {
          at += one.seconds;
          const expected = oracle.take(one, at);
          const applied = applyResult(
            fingerprint,
            anAddressResult({
              protocol: 'udp',
              covered: '161',
              open: one.heard === 'answered' ? [anOpenPort(161, { reason: 'answered' })] : [],
              closed: one.heard === 'refused' ? '161' : '',
              startedAt: toInstant(at * 1_000),
              finishedAt: toInstant(at * 1_000),
            }),
            { ...SWEEP, purpose: one.purpose, status: one.status },
            DEFAULT_CLOSURE_POLICY,
          );
          fingerprint = applied.fingerprint;
          const what = applied.changes.map(({ kind }) => (kind === 'closed' ? 'closed' : 'open'));
          expect(what).toEqual(expected === null ? [] : [expected]);
          expect(PortSet.parse(fingerprint.open).has(161)).toBe(oracle.open);
          expect(PortSet.parse(fingerprint.pendingOpen).has(161)).toBe(oracle.half);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
