import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { applyResult, DEFAULT_CLOSURE_POLICY, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import type { ResultContext } from '../../../core/fingerprints/result-context.ts';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { anAddressResult, anOpenPort } from '../../builders/shard-result.ts';

const SWEEP: ResultContext = { status: 'complete', purpose: 'sweep', runId: 'r-1', engine: 'connect' };
const CONFIRM: ResultContext = { ...SWEEP, purpose: 'confirm' };

function look(before: Fingerprint, result: Partial<AddressResult>, context: ResultContext = SWEEP) {
  return applyResult(before, anAddressResult(result), context, DEFAULT_CLOSURE_POLICY);
}

/** A look at one moment of 2026-03-01. */
const at = (time: string) => ({ startedAt: `2026-03-01T${time}.000Z`, finishedAt: `2026-03-01T${time}.000Z` });

const asked = (applied: ReturnType<typeof look>) =>
  applied.confirm.map(({ ports, delayMs, tries }) => ({ ports: ports.toString(), delayMs, tries }));

describe('the first look at an address', () => {
  it('reports every open port as first-seen, with evidence for a person', () => {
    const { fingerprint, changes, changed } = look(emptyFingerprint('192.0.2.3', '2026-03-01T09:00:00.000Z'), {});
    expect(changes.map(({ kind, port, transition }) => ({ kind, port, transition }))).toEqual([
      { kind: 'first-seen', port: 22, transition: 1 },
      { kind: 'first-seen', port: 80, transition: 1 },
    ]);
    expect(changes[0]).toMatchObject({
      at: '2026-03-01T09:00:11.000Z',
      runId: 'r-1',
      flap: false,
      evidence:
        'Port 22 completed a connection in 0.4 ms (engine connect, 2026-03-01T09:00:11.000Z); never observed before.',
    });
    expect(fingerprint).toMatchObject({ open: '22,80', aliveAt: '2026-03-01T09:00:11.000Z' });
    expect(fingerprint.observed).toEqual([{ ports: '1-65535', at: '2026-03-01T09:00:10.000Z' }]);
    expect(changed).toBe(true);
  });

  it('remembers an address that is silent everywhere as looked at but not alive', () => {
    const { fingerprint, changes, changed } = look(emptyFingerprint('192.0.2.3', '2026-03-01T09:00:00.000Z'), {
      open: [],
    });
    expect(changes).toEqual([]);
    expect(fingerprint).toMatchObject({ open: '', aliveAt: null });
    expect(changed).toBe(true);
  });
});

describe('an address that shows life and no open or closed port', () => {
  const never = emptyFingerprint('192.0.2.3', '2026-03-01T09:00:00.000Z');
  const echo = { open: [], closed: '', covered: '22,80', alive: 'icmp-echo' as const };

  it('is alive, and its ports are as silent as they are', () => {
    const { fingerprint, changes, changed } = look(never, { ...echo, ...at('09:00:10') });
    expect([fingerprint.aliveAt, fingerprint.open, changes, changed]).toEqual([
      '2026-03-01T09:00:10.000Z',
      '',
      [],
      true,
    ]);
    expect(fingerprint.observed).toEqual([{ ports: '22,80', at: '2026-03-01T09:00:10.000Z' }]);
  });

  it('is alive as of the last answer; the same result again changes nothing', () => {
    const first = look(never, { ...echo, ...at('09:00:10') }).fingerprint;
    const second = look(first, { ...echo, ...at('09:10:10') });
    expect([second.fingerprint.aliveAt, second.changed]).toEqual(['2026-03-01T09:10:10.000Z', true]);
    const again = look(second.fingerprint, { ...echo, ...at('09:10:10') });
    expect([again.fingerprint, again.changed]).toEqual([second.fingerprint, false]);
    const late = look(second.fingerprint, { ...echo, ...at('09:05:10') });
    expect([late.fingerprint, late.changed]).toEqual([second.fingerprint, false]);
    const silent = look(second.fingerprint, { ...at('09:20:10'), open: [], closed: '', covered: '22,80' });
    expect(silent.fingerprint.aliveAt).toBe('2026-03-01T09:10:10.000Z');
  });

  it('is alive also when none of its ports was probed', () => {
    const { fingerprint, changed } = look(never, { ...echo, covered: '', ...at('09:00:10') });
    expect([fingerprint.aliveAt, fingerprint.observed, changed]).toEqual(['2026-03-01T09:00:10.000Z', [], true]);
  });
});

describe('an opening', () => {
  it('is opened where the port was observed not open before, and first-seen where it was not observed', () => {
    const before = aFingerprint({ observed: [{ ports: '1-1024', at: '2026-03-01T09:00:00.000Z' }] });
    const { changes } = look(before, {
      open: [anOpenPort(22), anOpenPort(80), anOpenPort(443), anOpenPort(6379)],
    });
    expect(changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['opened 443', 'first-seen 6379']);
    expect(changes[0]?.evidence).toContain('not open when observed at 2026-03-01T09:00:00.000Z');
  });

  it('waits for a completed connection after a bare SYN-ACK, and asks for one at once', () => {
    const first = look(aFingerprint(), {
      open: [anOpenPort(22), anOpenPort(80), anOpenPort(443, { reason: 'syn-ack' })],
    });
    expect(first.changes).toEqual([]);
    expect(first.fingerprint).toMatchObject({ open: '22,80', pendingOpen: '443' });
    expect(asked(first)).toEqual([{ ports: '443', delayMs: 0, tries: 2 }]);
    expect(first.changed).toBe(true);

    const second = look(first.fingerprint, { covered: '443', open: [anOpenPort(443)], ...at('09:00:12') }, CONFIRM);
    expect(second.changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['opened 443']);
    expect(second.fingerprint).toMatchObject({ open: '22,80,443', pendingOpen: '' });
  });

  it('stays first-seen when a port never observed before shows a SYN-ACK first', () => {
    const first = look(emptyFingerprint('192.0.2.3', '2026-03-01T09:00:00.000Z'), {
      open: [anOpenPort(22, { reason: 'syn-ack' })],
    });
    const second = look(first.fingerprint, { covered: '22', open: [anOpenPort(22)], ...at('09:00:12') }, CONFIRM);
    expect(second.changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['first-seen 22']);
  });

  it('is dropped when the connection does not complete', () => {
    const first = look(aFingerprint(), {
      open: [anOpenPort(22), anOpenPort(80), anOpenPort(443, { reason: 'syn-ack' })],
    });
    const second = look(first.fingerprint, { covered: '443', open: [], ...at('09:00:12') }, CONFIRM);
    expect(second.changes).toEqual([]);
    expect(second.fingerprint.pendingOpen).toBe('');
  });

  it('does not ask again when the confirmation itself shows no more than a SYN-ACK', () => {
    const result = { covered: '443', open: [anOpenPort(443, { reason: 'syn-ack' })] };
    expect(look(aFingerprint(), result, CONFIRM).confirm).toEqual([]);
  });

  it('says nothing of how long it took where that is not known, as in a file', () => {
    const result = { covered: '443', open: [anOpenPort(443, { rttMs: 0 })] };
    expect(look(aFingerprint(), result).changes[0]?.evidence).toContain('Port 443 completed a connection (engine ');
  });

  it('counts a connection that was accepted and then reset', () => {
    const result = { covered: '443', open: [anOpenPort(443, { reason: 'open-then-reset' })] };
    expect(look(aFingerprint(), result).changes[0]?.evidence).toContain('completed a connection and then reset it');
  });

  it('is shown by a partial result too, which settles nothing about the other ports', () => {
    const { fingerprint, changes } = look(
      aFingerprint({ observed: [{ ports: '1-1024', at: '2026-03-01T09:00:00.000Z' }] }),
      { open: [anOpenPort(6379)] },
      { ...SWEEP, status: 'partial' },
    );
    expect(changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['first-seen 6379']);
    expect(fingerprint).toMatchObject({ open: '22,80,6379', pendingClosed: [] });
    expect(fingerprint.observed).toEqual([
      { ports: '6379', at: '2026-03-01T09:00:10.000Z' },
      { ports: '1-1024', at: '2026-03-01T09:00:00.000Z' },
    ]);
  });

  it('is not seen in ports that the result calls unknown or does not cover', () => {
    const open = [anOpenPort(22), anOpenPort(80), anOpenPort(443), anOpenPort(8080)];
    const { changes } = look(aFingerprint(), { covered: '1-1024', unknown: '443', open });
    expect(changes).toEqual([]);
  });
});

describe('a closure', () => {
  it('needs two refusals: the second is asked for at once', () => {
    const first = look(aFingerprint(), { open: [anOpenPort(22)], closed: '80' });
    expect(first.changes).toEqual([]);
    expect(asked(first)).toEqual([{ ports: '80', delayMs: 0, tries: 2 }]);
    expect(first.fingerprint.open).toBe('22,80');

    const second = look(first.fingerprint, { covered: '80', open: [], closed: '80', ...at('09:00:12') }, CONFIRM);
    expect(second.changes.map(({ kind, port, transition, at: when }) => ({ kind, port, transition, when }))).toEqual([
      { kind: 'closed', port: 80, transition: 2, when: '2026-03-01T09:00:12.000Z' },
    ]);
    expect(second.changes[0]?.evidence).toBe(
      'Port 80 refused twice over 1.0s (engine connect, 2026-03-01T09:00:12.000Z).',
    );
    expect(second.fingerprint).toMatchObject({ open: '22', pendingClosed: [] });
    expect(second.fingerprint.history[1]).toMatchObject({ port: 80, closedBy: 'refused' });
  });

  it('is shown at once by one result with two refusals', () => {
    const { changes } = look(
      aFingerprint(),
      { covered: '80', open: [], closed: '80', probes: 2 },
      { ...SWEEP, purpose: 'verify' },
    );
    expect(changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['closed 80']);
  });

  it('by silence takes five probes with growing gaps', () => {
    let state = look(aFingerprint(), { open: [anOpenPort(22)], ...at('09:00:10') });
    const delays = [state.confirm[0]?.delayMs];
    for (const time of ['09:00:12', '09:00:27', '09:01:27']) {
      state = look(state.fingerprint, { covered: '80', open: [], ...at(time) }, CONFIRM);
      expect(state.changes).toEqual([]);
      delays.push(state.confirm[0]?.delayMs);
    }
    expect(delays).toEqual([2_000, 15_000, 60_000, 300_000]);
    state = look(state.fingerprint, { covered: '80', open: [], ...at('09:06:27') }, CONFIRM);
    expect(state.changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['closed 80']);
    expect(state.changes[0]?.evidence).toBe(
      'Port 80 was silent 5 times over 6m17s (engine connect, 2026-03-01T09:06:27.000Z).',
    );
    expect(state.fingerprint.history[1]).toMatchObject({ port: 80, transitions: 2, closedBy: 'silence' });
  });

  it('does not count silence that comes too soon, and asks again only when that was the confirmation', () => {
    const first = look(aFingerprint(), { covered: '80', open: [], ...at('09:00:10') });
    const sweep = look(first.fingerprint, { covered: '80', open: [], ...at('09:00:11') });
    expect(sweep.fingerprint.pendingClosed[0]).toMatchObject({ silent: 1, lastProbeAt: '2026-03-01T09:00:10.000Z' });
    expect(sweep.confirm).toEqual([]);
    expect(sweep.changed).toBe(false);
    const early = look(first.fingerprint, { covered: '80', open: [], ...at('09:00:11') }, CONFIRM);
    expect(asked(early)).toEqual([{ ports: '80', delayMs: 1_000, tries: 2 }]);
  });

  it('adds refusals to silence already counted', () => {
    let state = look(aFingerprint(), { covered: '80', open: [], ...at('09:00:10') });
    state = look(state.fingerprint, { covered: '80', open: [], closed: '80', ...at('09:00:11') }, CONFIRM);
    expect(state.fingerprint.pendingClosed[0]).toMatchObject({ silent: 1, refused: 1 });
    state = look(state.fingerprint, { covered: '80', open: [], closed: '80', ...at('09:00:12') }, CONFIRM);
    expect(state.changes[0]?.evidence).toContain('Port 80 refused twice and was silent once');
    expect(state.fingerprint.history[1]?.closedBy).toBe('refused');
  });

  it('that rests on silence and one refusal does not rest on silence alone', () => {
    let state = look(aFingerprint(), { covered: '80', open: [], ...at('09:00:10') });
    for (const time of ['09:00:12', '09:00:27', '09:01:27']) {
      state = look(state.fingerprint, { covered: '80', open: [], ...at(time) }, CONFIRM);
    }
    state = look(state.fingerprint, { covered: '80', open: [], closed: '80', ...at('09:01:30') });
    expect(state.changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['closed 80']);
    expect(state.fingerprint.history[1]).toMatchObject({ port: 80, closedBy: 'refused' });
  });

  it('is forgotten when the port answers open again', () => {
    const first = look(aFingerprint(), { covered: '80', open: [], ...at('09:00:10') });
    const second = look(first.fingerprint, { covered: '80', open: [anOpenPort(80)], ...at('09:00:12') }, CONFIRM);
    expect(second.fingerprint.pendingClosed).toEqual([]);
    expect(second.changes).toEqual([]);
    expect(second.changed).toBe(true);
  });

  it('of three ports silent together is one outage: a sixth probe after 15 minutes must agree', () => {
    const before = aFingerprint({ open: '22,80,443' });
    let state = look(before, { open: [], ...at('09:00:10') });
    expect(state.fingerprint.pendingClosed.map(({ pooled }) => pooled)).toEqual([true, true, true]);
    for (const time of ['09:00:12', '09:00:27', '09:01:27', '09:06:27']) {
      state = look(state.fingerprint, { covered: '22,80,443', open: [], ...at(time) }, CONFIRM);
      expect(state.changes).toEqual([]);
    }
    expect(asked(state)).toEqual([{ ports: '22,80,443', delayMs: 900_000, tries: 2 }]);
    state = look(state.fingerprint, { covered: '22,80,443', open: [], ...at('09:21:27') }, CONFIRM);
    expect(state.changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['closed 22', 'closed 80', 'closed 443']);
  });

  it('of three ports that refuse is three closures: refusing is an answer', () => {
    const before = aFingerprint({ open: '22,80,443' });
    const { changes } = look(before, { open: [], closed: '22,80,443', probes: 2 });
    expect(changes).toHaveLength(3);
  });

  it('never follows from a partial or failed result', () => {
    for (const status of ['partial', 'failed'] as const) {
      const applied = look(aFingerprint(), { open: [], closed: '1-65535', probes: 5 }, { ...SWEEP, status });
      expect(applied).toMatchObject({ changes: [], confirm: [] });
      expect(applied.fingerprint).toMatchObject({ open: '22,80', pendingClosed: [] });
    }
  });

  it('does not follow from ports the result calls unknown', () => {
    const { fingerprint } = look(aFingerprint(), { open: [], unknown: '1-65535', probes: 2 });
    expect(fingerprint).toMatchObject({ open: '22,80', pendingClosed: [] });
  });
});

describe('a re-opening', () => {
  const closedBy = (how: 'refused' | 'silence') =>
    aFingerprint({
      open: '22',
      history: [{ port: 80, transitions: 2, changedAt: '2026-03-01T09:00:00.000Z', closedBy: how }],
    });

  it('after a closure by silence alone is a flap', () => {
    const { changes } = look(closedBy('silence'), {});
    expect(changes).toMatchObject([{ kind: 'opened', port: 80, transition: 3, flap: true }]);
  });

  it('after refusals is a new event', () => {
    const { changes } = look(closedBy('refused'), {});
    expect(changes).toMatchObject([{ kind: 'opened', port: 80, transition: 3, flap: false }]);
  });
});

describe('an unchanged result', () => {
  it('needs no write before the heartbeat, and one after it', () => {
    const soon = look(aFingerprint(), at('09:00:59'));
    expect(soon.changed).toBe(false);
    expect(soon.fingerprint.observed).toEqual([{ ports: '1-65535', at: '2026-03-01T09:00:59.000Z' }]);
    expect(soon.fingerprint.updatedAt).toBe('2026-03-01T09:00:00.000Z');
    const later = look(soon.fingerprint, at('09:01:00'));
    expect(later).toMatchObject({ changed: true, changes: [], confirm: [] });
    expect(later.fingerprint).toMatchObject({
      aliveAt: '2026-03-01T09:01:00.000Z',
      updatedAt: '2026-03-01T09:01:00.000Z',
    });
  });

  it('is written when it covers ports never observed before, so that they can be opened later', () => {
    const before = aFingerprint({ observed: [{ ports: '1-1024', at: '2026-03-01T09:00:00.000Z' }] });
    expect(look(before, {}).changed).toBe(true);
  });
});

describe('a late result', () => {
  it('changes nothing about ports observed since it started', () => {
    const before = aFingerprint({ observed: [{ ports: '1-65535', at: '2026-03-01T09:00:10.000Z' }] });
    const late = look(before, { open: [anOpenPort(6379)], closed: '22,80', probes: 2 });
    expect(late).toEqual({ fingerprint: before, changes: [], confirm: [], changed: false });
  });

  it('still tells about ports not observed since', () => {
    const before = aFingerprint({
      observed: [
        { ports: '22,80', at: '2026-03-01T09:30:00.000Z' },
        { ports: '1-21,23-79,81-65535', at: '2026-03-01T09:00:00.000Z' },
      ],
    });
    const { changes, fingerprint } = look(before, { open: [anOpenPort(6379)], closed: '22,80', probes: 2 });
    expect(changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['opened 6379']);
    expect(fingerprint.open).toBe('22,80,6379');
  });
});

describe('a clock that was set back', () => {
  it('does not blind us: observations from the future count as never made when the reader gives its clock', () => {
    const before = aFingerprint({
      observed: [{ ports: '1-65535', at: '2026-03-02T09:00:00.000Z' }],
      updatedAt: '2026-03-02T09:00:00.000Z',
      aliveAt: '2026-03-02T09:00:00.000Z',
    });
    const open = [anOpenPort(22), anOpenPort(80), anOpenPort(6379)];
    expect(look(before, { open }).changes).toEqual([]);
    const applied = look(before, { open }, { ...SWEEP, now: '2026-03-01T09:00:12.000Z' });
    expect(applied.changes.map(({ kind, port }) => `${kind} ${port}`)).toEqual(['opened 6379']);
    expect(applied.fingerprint.updatedAt).toBe('2026-03-01T09:00:12.000Z');
  });
});

it('refuses a result about another address', () => {
  expect(() => look(aFingerprint(), { address: '192.0.2.4' })).toThrow(RangeError);
});
