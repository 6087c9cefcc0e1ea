import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canariesOf } from '../../../core/fingerprints/canary-ports.ts';
import { DEFAULT_CLOSURE_POLICY } from '../../../core/fingerprints/closure-policy.ts';
import { foldResult } from '../../../core/fingerprints/every-port.ts';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { applyResult, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { ShardPurpose } from '../../../core/planning/shard.ts';
import { after } from '../../../core/time.ts';
import { anAddressResult, anOpenPort } from '../../builders/shard-result.ts';

const ADDRESS = '192.0.2.3';
const CANARIES = canariesOf(ADDRESS);
const START = '2026-03-01T09:00:00.000Z';
const NONE = emptyFingerprint(ADDRESS, START);

interface Look {
  readonly covered: string;
  readonly open: string;
  readonly minute?: number;
  readonly reason?: 'connected' | 'syn-ack';
  readonly closed?: string;
  readonly purpose?: ShardPurpose;
  readonly status?: 'complete' | 'partial';
}

function look(before: Fingerprint, { covered, open, minute = 1, reason = 'connected', closed = '', ...over }: Look) {
  const startedAt = after(START, minute * 60_000);
  const result: AddressResult = anAddressResult({
    covered,
    open: [...PortSet.parse(open)].map((port) => anOpenPort(port, { reason })),
    closed,
    startedAt,
    finishedAt: after(startedAt, 100),
  });
  const { purpose = 'sweep', status = 'complete' } = over;
  return foldResult(
    before,
    result,
    { purpose, status, runId: 'r-1', engine: reason === 'syn-ack' ? 'syn' : 'connect' },
    DEFAULT_CLOSURE_POLICY,
  );
}

/** A sweep that suspects, and the confirmation in which everything answers. */
function tarpit(before = NONE, minute = 1) {
  const suspected = look(before, {
    covered: '1000-1049',
    open: '1000-1049',
    reason: 'syn-ack',
    status: 'partial',
    minute,
  });
  const asked = suspected.confirm[0]?.ports.toString() ?? '';
  return look(suspected.fingerprint, { covered: asked, open: asked, purpose: 'confirm', minute: minute + 1 });
}

describe('a host that answers on every port', () => {
  it('is only suspected by a sweep: nothing is open, and connections to its ports and to ports picked at random are asked for', () => {
    for (const reason of ['syn-ack', 'connected'] as const) {
      const { fingerprint, changes, confirm } = look(NONE, { covered: '1-500', open: '1-500', reason });
      expect([fingerprint.open, changes]).toEqual(['', []]);
      expect(confirm).toHaveLength(1);
      expect(confirm[0]?.ports.intersect(CANARIES).size).toBe(16);
      expect(confirm[0]?.ports.size).toBeLessThanOrEqual(500 + 16);
      expect(confirm[0]?.ports.has(0)).toBe(false);
    }
  });

  it('becomes one change that says so when ports picked at random answer too', () => {
    const { fingerprint, changes, confirm } = tarpit();
    expect(changes).toMatchObject([{ kind: 'first-seen', port: 0, transition: 1 }]);
    expect(changes[0]?.evidence).toBe(
      '192.0.2.3 answers on every port: 66 of 66 probed completed a connection, ports picked at random among them (engine connect, 2026-03-01T09:02:00.100Z). No port of it is listed by itself.',
    );
    expect([fingerprint.open, fingerprint.pendingOpen, confirm]).toEqual(['0', '', []]);
  });

  it('is told once, however many shards and engines find it, in whatever order', () => {
    let { fingerprint } = tarpit();
    for (const [i, reason] of (['syn-ack', 'connected', 'syn-ack'] as const).entries()) {
      const covered = `${3_000 + i * 100}-${3_060 + i * 100}`;
      const again = look(fingerprint, { covered, open: covered, reason, status: 'partial', minute: 5 + i });
      expect([again.changes, again.confirm]).toEqual([[], []]);
      fingerprint = again.fingerprint;
    }
    const one = look(fingerprint, { covered: '6379', open: '6379', minute: 20 });
    expect([one.changes, one.fingerprint.open]).toEqual([[], '0']);
  });

  it('asked about by two shards at once becomes one change', () => {
    const first = look(NONE, { covered: '1-600', open: '1-600', reason: 'syn-ack', status: 'partial' });
    const second = look(first.fingerprint, { covered: '2000-2600', open: '2000-2600', reason: 'connected', minute: 2 });
    let { fingerprint } = second;
    const changes = [...first.confirm, ...second.confirm].flatMap(({ ports }, i) => {
      const covered = ports.toString();
      const told = look(fingerprint, { covered, open: covered, purpose: 'confirm', minute: 3 + i });
      fingerprint = told.fingerprint;
      return told.changes;
    });
    expect(changes.map(({ port }) => port)).toEqual([0]);
  });

  it('keeps the ports that were open before, and they close as usual', () => {
    const ssh = look(NONE, { covered: '22,80', open: '22', closed: '80' }).fingerprint;
    const { fingerprint } = tarpit(ssh, 3);
    expect(fingerprint.open).toBe('0,22');
    const refused = { covered: '22', open: '', closed: '22' };
    const twice = look(look(fingerprint, { ...refused, minute: 6 }).fingerprint, { ...refused, minute: 7 });
    expect(twice.changes).toMatchObject([{ kind: 'closed', port: 22 }]);
    expect(twice.fingerprint.open).toBe('0');
  });

  it('is nothing at all when no connection completes: a neighbour answered in its name', () => {
    const suspected = look(NONE, { covered: '1-500', open: '1-500', reason: 'syn-ack', status: 'partial' });
    const covered = suspected.confirm[0]?.ports.toString() ?? '';
    const { fingerprint, changes } = look(suspected.fingerprint, { covered, open: '', purpose: 'confirm', minute: 2 });
    expect([changes, fingerprint.open, fingerprint.pendingOpen]).toEqual([[], '', '']);
  });

  it('ends when it refuses on nearly all ports, and then its ports count for themselves', () => {
    let { fingerprint } = tarpit();
    const normal = { covered: '1-500', open: '22', closed: '1-21,23-500' };
    const first = look(fingerprint, { ...normal, minute: 10 });
    expect(first.changes).toEqual([]);
    expect(first.confirm.map(({ ports }) => ports.toString())).toEqual([CANARIES.toString()]);
    const canaries = CANARIES.toString();
    const second = look(first.fingerprint, {
      covered: canaries,
      open: '',
      closed: canaries,
      purpose: 'confirm',
      minute: 11,
    });
    expect(second.changes).toMatchObject([{ kind: 'closed', port: 0 }]);
    expect(second.changes[0]?.evidence).toBe(
      '192.0.2.3 no longer answers on every port: 0 of 16 probed (engine connect, 2026-03-01T09:11:00.100Z).',
    );
    fingerprint = second.fingerprint;
    const third = look(fingerprint, { ...normal, minute: 12 });
    expect(third.changes).toMatchObject([{ port: 22 }]);
  });

  it('has not ended because a few ports, a partial result or our own failure say so', () => {
    const { fingerprint } = tarpit();
    for (const over of [
      { covered: '22-30', open: '', closed: '22-30' },
      { covered: '1-500', open: '', closed: '1-500', status: 'partial' as const },
      { covered: '', open: '' },
    ]) {
      const { changes, confirm, fingerprint: next } = look(fingerprint, { ...over, minute: 9 });
      expect([changes, confirm, next.open]).toEqual([[], [], '0']);
    }
  });
});

describe('a host with many real services', () => {
  const real = '8000-8029';

  it('has each of them listed when the ports picked at random refuse', () => {
    const suspected = look(NONE, { covered: '8000-8100', open: real });
    const covered = suspected.confirm[0]?.ports.toString() ?? '';
    const { changes, fingerprint } = look(suspected.fingerprint, {
      covered,
      open: real,
      closed: CANARIES.toString(),
      purpose: 'confirm',
      minute: 2,
    });
    expect(changes).toHaveLength(30);
    expect([fingerprint.open, fingerprint.pendingOpen]).toEqual([real, '']);
  });

  it('is suspected by the first look at an address, where all of its twelve ports answer', () => {
    const twelve = '22,25,53,80,443,445,3306,3389,6379,8080,8443,9200';
    const first = look(NONE, { covered: twelve, open: twelve });
    expect(first.changes).toEqual([]);
    const asked = first.confirm[0]?.ports.toString() ?? '';
    expect(PortSet.parse(asked).intersect(CANARIES).size).toBe(16);
    const shown = look(first.fingerprint, { covered: asked, open: asked, purpose: 'confirm', minute: 2 });
    expect(shown.changes.map(({ kind, port }) => [kind, port])).toEqual([['first-seen', 0]]);

    const services = look(first.fingerprint, { covered: asked, open: twelve, purpose: 'confirm', minute: 2 });
    expect(services.changes.map(({ port }) => port)).toEqual([...PortSet.parse(twelve)]);
    expect(look(NONE, { covered: `${twelve},9999`, open: twelve }).changes).toHaveLength(12);
    expect(look(NONE, { covered: '1-9', open: '1-9' }).changes).toHaveLength(9);
    expect(look(NONE, { covered: twelve, open: twelve, status: 'partial' }).changes).toHaveLength(12);
  });

  it('is not suspected for a few among very many, nor for those that are known', () => {
    const few = look(NONE, { covered: '1-2000', open: '1000-1029' });
    expect([few.changes.length, few.confirm]).toEqual([30, []]);
    const again = look(few.fingerprint, { covered: '1000-1029', open: '1000-1029', minute: 2 });
    expect([again.changes, again.confirm]).toEqual([[], []]);
  });
});

const aLook = fc.record({
  first: fc.integer({ min: 1, max: 3_000 }),
  size: fc.integer({ min: 1, max: 60 }),
  open: fc.array(fc.nat(59), { maxLength: 60 }),
  reason: fc.constantFrom('connected' as const, 'syn-ack' as const),
  purpose: fc.constantFrom<ShardPurpose>('sweep', 'confirm', 'verify'),
  status: fc.constantFrom('complete' as const, 'partial' as const),
});

describe('any history', () => {
  it('without twenty open ports in one result is what it was without this rule', () => {
    fc.assert(
      fc.property(fc.array(aLook, { maxLength: 8 }), (looks) => {
        let before = NONE;
        for (const [i, { first, open, reason, purpose, status }] of looks.entries()) {
          // One more than may be open: where all are, ten are a suspicion.
          const covered = PortSet.fromRanges([[first, first + 60]]);
          const some = covered.intersect(PortSet.from(open.slice(0, 19).map((n) => first + n)));
          const startedAt = after(START, (i + 1) * 60_000);
          const result = anAddressResult({
            covered: covered.toString(),
            open: [...some].map((port) => anOpenPort(port, { reason })),
            startedAt,
            finishedAt: after(startedAt, 100),
          });
          const context = { purpose, status, runId: 'r-1', engine: 'connect' };
          const folded = foldResult(before, result, context, DEFAULT_CLOSURE_POLICY);
          expect(folded).toEqual(applyResult(before, result, context, DEFAULT_CLOSURE_POLICY));
          before = folded.fingerprint;
        }
      }),
    );
  });

  it('of a host that answers on every port opens no other port, and asks for ports that exist only', () => {
    fc.assert(
      fc.property(fc.array(aLook, { maxLength: 8 }), (looks) => {
        let { fingerprint } = tarpit();
        for (const [i, { first, size, open, ...over }] of looks.entries()) {
          const covered = PortSet.fromRanges([[first, first + size - 1]]);
          const some = covered.intersect(PortSet.from(open.map((n) => first + n)));
          const wasEvery = fingerprint.open.startsWith('0');
          const told = look(fingerprint, {
            covered: covered.toString(),
            open: some.toString(),
            ...over,
            minute: 10 + i,
          });
          const opened = told.changes.filter(({ kind }) => kind !== 'closed');
          expect(wasEvery ? opened : []).toEqual([]);
          for (const { ports } of told.confirm) expect(ports.has(0)).toBe(false);
          ({ fingerprint } = told);
        }
      }),
    );
  });
});
