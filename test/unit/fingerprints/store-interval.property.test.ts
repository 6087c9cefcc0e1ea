import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClosurePolicy, PRICED_CLOSURE_POLICY } from '../../../core/fingerprints/closure-policy.ts';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { applyResult, DEFAULT_CLOSURE_POLICY, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { days, hours, minutes, toInstant } from '../../../core/time.ts';
import { anAddressResult, anOpenPort } from '../../builders/shard-result.ts';

const T0 = Date.UTC(2026, 2, 1, 9);
const PORTS = [22, 80, 443, 3306];
type Answer = 'connected' | 'syn-ack' | 'refused' | 'silent' | 'unknown' | 'uncovered';

const step = fc.record({
  gapMs: fc.constantFrom(1, 2_000, 16_000, minutes(1), minutes(6), minutes(16), hours(1), hours(7)),
  status: fc.constantFrom('complete', 'complete', 'complete', 'partial', 'failed'),
  probes: fc.constantFrom(1, 1, 2),
  answers: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Answer>('connected') },
      { weight: 4, arbitrary: fc.constant<Answer>('silent') },
      { weight: 2, arbitrary: fc.constantFrom<Answer>('syn-ack', 'refused', 'unknown', 'uncovered') },
    ),
    { minLength: PORTS.length, maxLength: PORTS.length },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** A result: what each port answered, and how many probes are behind it. */
interface Look {
  answers: Answer[];
  probes: number;
}
const history = fc.array(step, { minLength: 1, maxLength: 30 });

function resultAt(ms: number, { answers, probes }: Look): AddressResult {
  const which = (...kinds: Answer[]) => PORTS.filter((_, i) => kinds.includes(answers[i] ?? 'uncovered'));
  return anAddressResult({
    covered: PortSet.from(which('connected', 'syn-ack', 'refused', 'silent', 'unknown')).toString(),
    open: which('connected', 'syn-ack').map((port) =>
      anOpenPort(port, { reason: which('syn-ack').includes(port) ? 'syn-ack' : 'connected' }),
    ),
    closed: PortSet.from(which('refused')).toString(),
    unknown: PortSet.from(which('unknown')).toString(),
    probes,
    startedAt: toInstant(ms),
    finishedAt: toInstant(ms),
  });
}

/** What a store has that is written only when a result says so. */
class Store {
  stored: Fingerprint = emptyFingerprint('192.0.2.3', toInstant(T0));
  writes = 0;
  readonly #policy: ClosurePolicy;

  constructor(heartbeatMs: number) {
    this.#policy = { ...DEFAULT_CLOSURE_POLICY, heartbeatMs };
  }

  take(result: AddressResult, status: Step['status'], nowMs: number) {
    const context = { status, purpose: 'confirm', runId: 'r-1', engine: 'connect', now: toInstant(nowMs) } as const;
    const { fingerprint, changed, changes, confirm } = applyResult(this.stored, result, context, this.#policy);
    if (changed) {
      this.stored = fingerprint;
      this.writes += 1;
    }
    const asked = confirm.map(({ ports, delayMs, tries }) => `${ports.toString()} in ${delayMs} x${tries}`);
    return { changes: changes.map(({ id, kind, at }) => `${id} ${kind} ${at}`), asked };
  }
}

describe('how often an unchanged fingerprint is stored', () => {
  it('changes no finding, confirmation or open port of any history in order', () => {
    fc.assert(
      fc.property(history, fc.constantFrom(0, minutes(1), hours(6), days(30)), (steps, heartbeatMs) => {
        const always = new Store(0);
        const rarely = new Store(heartbeatMs);
        let ms = T0;
        for (const given of steps) {
          ms += given.gapMs;
          const result = resultAt(ms, given);
          expect(rarely.take(result, given.status, ms)).toEqual(always.take(result, given.status, ms));
          const essence = ({ open, pendingOpen, pendingClosed, history: past }: Fingerprint) => ({
            open,
            pendingOpen,
            pendingClosed,
            past,
          });
          expect(essence(rarely.stored)).toEqual(essence(always.stored));
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('lets no result that is minutes late close a port, whatever it says', () => {
    fc.assert(
      fc.property(history, step, fc.integer({ min: minutes(5) + 1, max: days(2) }), (steps, late, lateMs) => {
        const store = new Store(PRICED_CLOSURE_POLICY.heartbeatMs);
        let ms = T0;
        for (const given of steps) {
          ms += given.gapMs;
          store.take(resultAt(ms, given), given.status, ms);
        }
        const before = store.stored;
        const { changes } = store.take(resultAt(ms - lateMs, late), 'complete', ms);
        expect(changes.filter((change) => change.includes(' closed '))).toEqual([]);
        expect(PortSet.parse(before.open).subtract(PortSet.parse(store.stored.open)).isEmpty).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is every six hours where a write has its price, and a change is stored at once', () => {
    const store = new Store(PRICED_CLOSURE_POLICY.heartbeatMs);
    const same = { answers: ['connected', 'silent', 'silent', 'silent'] as Answer[], probes: 1 };
    for (let minute = 0; minute <= 12 * 60; minute += 10)
      store.take(resultAt(T0 + minutes(minute), same), 'complete', T0 + minutes(minute));
    expect(store.writes).toBe(3);
    const opened = { answers: ['connected', 'connected', 'silent', 'silent'] as Answer[], probes: 1 };
    store.take(resultAt(T0 + minutes(721), opened), 'complete', T0 + minutes(721));
    expect(store.stored.open).toBe('22,80');
  });
});

describe('a result of two refusals', () => {
  const refused = { answers: ['refused', 'silent', 'silent', 'silent'] as Answer[], probes: 2 };
  const open = { answers: ['connected', 'silent', 'silent', 'silent'] as Answer[], probes: 1 };

  it('closes a port when it comes in time, and not five minutes later', () => {
    for (const [delay, left] of [
      [minutes(5), ''],
      [minutes(5) + 1, '22'],
    ] as const) {
      const store = new Store(hours(6));
      store.take(resultAt(T0, open), 'complete', T0);
      store.take(resultAt(T0 + minutes(1), refused), 'complete', T0 + minutes(1) + delay);
      expect(store.stored.open).toBe(left);
    }
  });
});
