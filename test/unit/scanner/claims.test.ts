import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AddressLeases } from '../../../core/ports/address-leases.ts';
import { toInstant } from '../../../core/time.ts';
import { type Claims, makeClaims } from '../../../fargate-scanner/claims.ts';
import { aShard } from '../../builders/shard.ts';
import { MemoryAddressLeases } from '../../support/memory/address-leases.ts';

const LIFE_MS = 45_000;
const clock = { now: () => toInstant(Date.now()) };
const never = new AbortController().signal;
const sweep = (...addresses: string[]) => aShard({ addresses, ports: '1-2047' });
const SWEEP = sweep('192.0.2.1', '2001:db8::1');

let leases: MemoryAddressLeases;
let warnings: string[];
const scanner = (name: string, over: AddressLeases = leases): Claims =>
  makeClaims({
    leases: over,
    clock,
    log: { info: () => undefined, warn: (message) => void warnings.push(message) },
    scanner: name,
    lifeMs: LIFE_MS,
    rates: { owner: 400, small: 100 },
    isOwn: (address) => address.startsWith('127.'),
  });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T09:00:00.000Z') });
  leases = new MemoryAddressLeases();
  warnings = [];
});
afterEach(() => vi.useRealTimers());

describe('a claim', () => {
  it('is a lease for a sweep, which nobody else gets meanwhile, on another machine or on this one', async () => {
    const [a, b] = [scanner('a'), scanner('b')];
    const claim = await a.take(SWEEP);
    expect(claim?.owner).toBe(true);
    expect([await b.take(sweep('192.0.2.1')), await a.take(sweep('2001:db8::1'))]).toEqual([undefined, undefined]);
    expect((await b.take(sweep('192.0.2.2')))?.owner).toBe(true);
    await claim?.end();
    expect((await b.take(SWEEP))?.owner).toBe(true);
  });

  it('is none for small shards and for this machine itself, so that neither waits', async () => {
    const down: AddressLeases = {
      take: () => Promise.reject(new Error('no store is asked')),
      release: () => Promise.reject(new Error('no store is asked')),
    };
    const all = scanner('a', down);
    await scanner('b').take(SWEEP);
    const confirm = aShard({ purpose: 'confirm', addresses: ['192.0.2.1'], ports: '22,80', tries: 3 });
    for (const shard of [confirm, sweep('127.0.0.1'), aShard({ addresses: ['192.0.2.1'], ports: '1-512' })]) {
      const claim = await all.take(shard);
      expect(claim?.owner).toBe(false);
      await claim?.end();
    }
  });

  it('is a lease for every shard with a rate of its own, however small', async () => {
    const shard = aShard({ addresses: ['192.0.2.1'], ports: '22', ratePerAddress: 10 });
    expect((await scanner('a').take(shard))?.owner).toBe(true);
    expect(await scanner('b').take(sweep('192.0.2.1'))).toBeUndefined();
    expect((await scanner('b').take({ ...shard, addresses: ['127.0.0.1'] }))?.owner).toBe(false);
  });

  it('counts what one address of a shard gets, not the ports of all together', async () => {
    const shared = aShard({
      addresses: ['192.0.2.1', '192.0.2.2'],
      ports: '1-1000',
      excluded: { '192.0.2.1': '1-500', '192.0.2.2': '501-1000' },
    });
    expect((await scanner('a').take(shared))?.owner).toBe(false);
    expect((await scanner('a').take({ ...shared, tries: 2 }))?.owner).toBe(true);
  });

  it('lasts as long as the scan, and no longer than its life after a kill', async () => {
    const claim = await scanner('a').take(SWEEP);
    await vi.advanceTimersByTimeAsync(10 * LIFE_MS);
    expect(await scanner('b').take(SWEEP)).toBeUndefined();
    expect(claim?.lost.aborted).toBe(false);
    // What a kill leaves: a lease that nobody extends.
    const killedAt = Date.now();
    vi.clearAllTimers();
    vi.setSystemTime(killedAt + LIFE_MS);
    expect((await scanner('b').take(SWEEP))?.owner).toBe(true);
  });

  it('is lost before its lease runs out when it cannot be extended, and the scan is told', async () => {
    let down = false;
    const claim = await scanner('a', {
      take: (...asked) => (down ? Promise.reject(new Error('throttled')) : leases.take(...asked)),
      release: () => Promise.reject(new Error('throttled')),
    }).take(SWEEP);
    down = true;
    await vi.advanceTimersByTimeAsync(LIFE_MS - 1);
    expect(claim?.lost.aborted).toBe(true);
    expect(claim?.lost.reason).toBe('the lease of its addresses is lost: it could not be extended');
    await claim?.end();
    expect(new Set(warnings)).toEqual(
      new Set([
        'could not extend a lease of addresses',
        'a scan stops: its addresses may be somebody else’s',
        'could not give addresses back',
      ]),
    );
  });

  it('is lost when somebody else has an address of it', async () => {
    const claim = await scanner('a').take(SWEEP);
    await leases.release(['192.0.2.1'], 'a-1');
    await scanner('b').take(sweep('192.0.2.1'));
    await vi.advanceTimersByTimeAsync(LIFE_MS);
    expect(claim?.lost.aborted).toBe(true);
    await claim?.end();
    expect(await scanner('c').take(sweep('192.0.2.1'))).toBeUndefined();
  });

  it('is not there when the store cannot be asked: that throws, and does not keep the addresses from a later try', async () => {
    let down = true;
    const all = scanner('a', {
      take: (...asked) => (down ? Promise.reject(new Error('no store')) : leases.take(...asked)),
      release: (...asked) => leases.release(...asked),
    });
    await expect(all.take(SWEEP)).rejects.toThrow('no store');
    down = false;
    expect((await all.take(SWEEP))?.owner).toBe(true);
  });
});

describe('a claim of a scanner that is paused, slow, or has its clock set', () => {
  it('goes on for as long as the scan when the clock is set back: others go by theirs', async () => {
    const claim = await scanner('a').take(SWEEP);
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(4 * LIFE_MS);
    const elsewhere = toInstant(Date.now() + 3_600_000);
    const theirs = await leases.take(['192.0.2.1'], 'b', elsewhere, elsewhere);
    expect({ lost: claim?.lost.aborted, theirs }).toEqual({ lost: false, theirs: false });
  });

  it('is lost when the process was stopped, or its machine asleep, for longer than the lease', async () => {
    const claim = await scanner('a').take(SWEEP);
    vi.setSystemTime(Date.now() + LIFE_MS);
    expect((await scanner('b').take(SWEEP))?.owner).toBe(true);
    await vi.advanceTimersByTimeAsync(LIFE_MS / 6);
    expect(claim?.lost.aborted).toBe(true);
    await claim?.end();
    expect(await scanner('c').take(SWEEP)).toBeUndefined();
  });

  it('is none when the lease had nearly run out by the time the store answered: nothing may be sent', async () => {
    const late: AddressLeases = {
      async take(...asked) {
        const taken = await leases.take(...asked);
        vi.setSystemTime(Date.now() + LIFE_MS);
        return taken;
      },
      release: (...asked) => leases.release(...asked),
    };
    expect(await scanner('a', late).take(SWEEP)).toBeUndefined();
    expect((await scanner('b').take(SWEEP))?.owner).toBe(true);
  });

  it('leaves no lease behind when it ends while the lease is being extended', async () => {
    let slow = false;
    const claims = scanner('a', {
      async take(...asked) {
        if (slow) await new Promise((resolve) => setTimeout(resolve, 1_000));
        return leases.take(...asked);
      },
      release: (...asked) => leases.release(...asked),
    });
    const claim = await claims.take(SWEEP);
    slow = true;
    await vi.advanceTimersByTimeAsync(LIFE_MS / 2 + 500);
    const ended = claim?.end();
    await vi.advanceTimersByTimeAsync(2_000);
    await ended;
    expect((await scanner('b').take(SWEEP))?.owner).toBe(true);
  });

  it('leaves no lease behind when the store took it and could not say so', async () => {
    const claims = scanner('a', {
      async take(...asked) {
        await leases.take(...asked);
        throw new Error('the connection ended');
      },
      release: (...asked) => leases.release(...asked),
    });
    await expect(claims.take(SWEEP)).rejects.toThrow('the connection ended');
    expect((await scanner('b').take(SWEEP))?.owner).toBe(true);
  });
});

describe('waiting for a claim', () => {
  it('ends when one of this process ends, when the time is over, or when the scanner stops', async () => {
    const all = scanner('a');
    const claim = await all.take(SWEEP);
    const order: string[] = [];
    const stopping = new AbortController();
    void all.changed(60_000, never).then(() => order.push('claim'));
    await claim?.end();
    await vi.advanceTimersByTimeAsync(0);
    void all.changed(1_000, never).then(() => order.push('time'));
    void all.changed(60_000, stopping.signal).then(() => order.push('stop'));
    await vi.advanceTimersByTimeAsync(1_000);
    stopping.abort();
    await vi.advanceTimersByTimeAsync(0);
    await all.changed(60_000, stopping.signal);
    expect(order).toEqual(['claim', 'time', 'stop']);
  });
});
