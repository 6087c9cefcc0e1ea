import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { applyResult, DEFAULT_CLOSURE_POLICY, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { toInstant } from '../../../core/time.ts';
import { anAddressResult, anOpenPort } from '../../builders/shard-result.ts';
import { type Answer, PortOracle, type Step } from './port-oracle.ts';

const PORTS = [1, 2, 3, 5, 6, 9];
const T0 = Date.UTC(2026, 2, 1, 9);

const answer = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Answer>('connected') },
  { weight: 1, arbitrary: fc.constant<Answer>('syn-ack') },
  { weight: 1, arbitrary: fc.constant<Answer>('refused') },
  { weight: 6, arbitrary: fc.constant<Answer>('silent') },
  { weight: 1, arbitrary: fc.constantFrom<Answer>('unknown', 'uncovered') },
);

/** All ports alike, or each by itself: histories of a real address are mostly the same answer again. */
const answers = fc.oneof(
  answer.map((one) => PORTS.map(() => one)),
  fc.array(answer, { minLength: PORTS.length, maxLength: PORTS.length }),
);

const step = fc.record({
  // Seconds to the next result; a negative one is a result that arrives late.
  move: fc.constantFrom(0, 1, 2, 3, 16, 61, 301, 901, -1, -20, -400),
  tookMs: fc.constantFrom(0, 500, 30_000),
  status: fc.constantFrom('complete', 'complete', 'complete', 'complete', 'partial', 'failed'),
  probes: fc.constantFrom(1, 1, 1, 2),
  answers,
});

const history = fc.array(step, { minLength: 1, maxLength: 40 }).map((moves) => {
  let clock = T0;
  return moves.map((move): Step => {
    clock += move.move * 1_000;
    return {
      startMs: clock,
      endMs: clock + move.tookMs,
      status: move.status,
      probes: move.probes,
      answers: new Map(PORTS.map((port, i) => [port, move.answers[i] ?? 'uncovered'])),
    };
  });
});

function toResult({ startMs, endMs, probes, answers: given }: Step): AddressResult {
  const which = (...kinds: Answer[]) => PORTS.filter((port) => kinds.includes(given.get(port) ?? 'uncovered'));
  return anAddressResult({
    covered: PortSet.from(which('connected', 'syn-ack', 'refused', 'silent', 'unknown')).toString(),
    open: which('connected', 'syn-ack').map((port) =>
      anOpenPort(port, { reason: given.get(port) === 'syn-ack' ? 'syn-ack' : 'connected' }),
    ),
    closed: PortSet.from(which('refused')).toString(),
    unknown: PortSet.from(which('unknown')).toString(),
    probes,
    startedAt: toInstant(startMs),
    finishedAt: toInstant(endMs),
  });
}

function apply(fingerprint: Fingerprint, given: Step) {
  const context = { status: given.status, purpose: 'sweep', runId: 'r-1', engine: 'connect' } as const;
  return applyResult(fingerprint, toResult(given), context, DEFAULT_CLOSURE_POLICY);
}

const start = () => emptyFingerprint('192.0.2.3', toInstant(T0));
const essence = ({ open, pendingOpen, pendingClosed, history: past }: Fingerprint) => ({
  open,
  pendingOpen,
  pendingClosed,
  past,
});

const looked = (f: Fingerprint) =>
  f.observed.reduce((all, { ports }) => all.union(PortSet.parse(ports)), PortSet.EMPTY).toString();
const isSame = (a: Fingerprint, b: Fingerprint) =>
  isDeepStrictEqual([essence(a), looked(a), a.updatedAt], [essence(b), looked(b), b.updatedAt]);

describe('any history of results', () => {
  it('leads to what the rules give for each port by itself', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const oracle = new PortOracle(PORTS);
        let fingerprint = start();
        for (const given of steps) {
          const applied = apply(fingerprint, given);
          fingerprint = applied.fingerprint;
          const changes = applied.changes.map((c) => `${c.kind} ${c.port} ${c.transition}${c.flap ? ' flap' : ''}`);
          expect(changes).toEqual(oracle.apply(given));
          expect(fingerprint.open).toBe(PortSet.from(oracle.list((p) => p.open)).toString());
          expect(fingerprint.pendingOpen).toBe(PortSet.from(oracle.list((p) => p.half)).toString());
          expect(
            fingerprint.pendingClosed.map(({ port, refused, silent, pooled }) => ({ port, refused, silent, pooled })),
          ).toEqual(
            [...oracle.ports].flatMap(([port, { miss }]) =>
              miss === null ? [] : [{ port, refused: miss.refused, silent: miss.silent, pooled: miss.pooled }],
            ),
          );
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is not changed by results that come again, however late', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat(9)), (steps, pick) => {
        const inOrder = steps.toSorted((a, b) => a.startMs - b.startMs);
        let fingerprint = start();
        for (const [i, given] of inOrder.entries()) {
          fingerprint = apply(fingerprint, given).fingerprint;
          const again = inOrder[Math.max(0, i - pick.next().value)] as Step;
          const repeated = apply(fingerprint, again);
          expect(repeated.changes).toEqual([]);
          expect(essence(repeated.fingerprint)).toEqual(essence(fingerprint));
          expect(repeated.fingerprint.observed).toEqual(fingerprint.observed);
          fingerprint = repeated.fingerprint;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is not changed by a result about which everything newer is known', () => {
    fc.assert(
      fc.property(history, step, fc.integer({ min: 1, max: 100_000 }), (steps, other, earlierMs) => {
        const newest = Math.max(...steps.map((given) => given.startMs)) + 1;
        const [last] = steps.slice(-1) as [Step];
        const everything = new Map(PORTS.map((port): [number, Answer] => [port, 'connected']));
        let { fingerprint } = steps.reduce((state, given) => apply(state.fingerprint, given), { fingerprint: start() });
        ({ fingerprint } = apply(fingerprint, { ...last, startMs: newest, endMs: newest, answers: everything }));
        const late: Step = {
          ...last,
          status: 'complete',
          probes: 2,
          startMs: newest - earlierMs,
          endMs: newest + other.tookMs,
          answers: new Map(PORTS.map((port, i) => [port, other.answers[i] ?? 'uncovered'])),
        };
        expect(apply(fingerprint, late)).toEqual({ fingerprint, changes: [], confirm: [], changed: false });
      }),
      { numRuns: 500 },
    );
  });

  it('never closes by a partial or failed result, and never counts towards a closure by one', () => {
    fc.assert(
      fc.property(history, fc.constantFrom('partial', 'failed'), (steps, status) => {
        let fingerprint = start();
        for (const given of steps) {
          const before = fingerprint;
          const applied = apply(before, { ...given, status });
          expect(applied.changes.filter(({ kind }) => kind === 'closed')).toEqual([]);
          expect(applied.fingerprint.pendingClosed.length).toBeLessThanOrEqual(before.pendingClosed.length);
          expect(PortSet.parse(before.open).subtract(PortSet.parse(applied.fingerprint.open)).isEmpty).toBe(true);
          fingerprint = apply(before, given).fingerprint;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('finds the same change ids again when the write of the fingerprint was lost', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let fingerprint = start();
        for (const given of steps) {
          const first = apply(fingerprint, given);
          expect(apply(fingerprint, given)).toEqual(first);
          fingerprint = first.fingerprint;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('says that nothing must be written only when nothing but times moved', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let fingerprint = start();
        for (const given of steps) {
          const applied = apply(fingerprint, given);
          expect(applied.changed || isSame(fingerprint, applied.fingerprint)).toBe(true);
          fingerprint = applied.fingerprint;
        }
      }),
      { numRuns: 500 },
    );
  });
});
