import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { safeTimeout, windowOf } from '../../../core/scanning/limits.ts';
import { outcomeOf, pauseMs } from '../../../core/scanning/outcomes.ts';

describe('outcomeOf', () => {
  it('takes only a refusal for closed and only a finished handshake for open', () => {
    const names = Object.keys(constants.errno);
    expect(names.filter((name) => outcomeOf(name) === 'closed')).toEqual(['ECONNREFUSED']);
    expect(names.filter((name) => outcomeOf(name) === 'open')).toEqual([]);
    expect(outcomeOf(null)).toBe('open');
  });

  it('takes a shortage of our own for no statement about the port', () => {
    for (const name of ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EADDRINUSE', 'ENOBUFS', 'ENOMEM', 'self-connect']) {
      expect(outcomeOf(name)).toBe('local');
    }
  });

  it.each([
    ['EHOSTUNREACH', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
    ['ECONNRESET', 'wrapped'],
    ['ETIMEDOUT', 'silent'],
    ['EACCES', 'unreachable'],
    ['ENOPROTOOPT', 'unreachable'],
    ['EPERM', 'failed'],
    ['errno -9999', 'failed'],
  ])('reads %s as %s', (name, outcome) => {
    expect(outcomeOf(name)).toBe(outcome);
  });
});

describe('windowOf', () => {
  it.each([
    [{ nofile: 65_535, share: 1, rate: 100_000, timeoutMs: 1_250 }, 20_000],
    [{ nofile: 20_000, share: 1, rate: 100_000, timeoutMs: 1_250 }, 18_000],
    [{ nofile: 65_535, share: 0.25, rate: 100_000, timeoutMs: 1_250 }, 15_883],
    [{ nofile: 1_024, share: 1, rate: 100_000, timeoutMs: 1_250 }, 614],
    [{ nofile: 1_024, share: 0.5, rate: 100_000, timeoutMs: 1_250 }, 307],
    [{ nofile: 65_535, share: 1, rate: 1_000, timeoutMs: 1_250 }, 1_500],
    [{ nofile: 65_535, share: 1, rate: 1, timeoutMs: 300 }, 8],
    [{ nofile: Infinity, share: 1, rate: 1_000_000, timeoutMs: 1_250 }, 20_000],
  ])('of %o is %d sockets', (options, window) => {
    expect(windowOf(options)).toBe(window);
  });
});

describe('safeTimeout', () => {
  it.each([
    [999, 999],
    [1_000, 1_250],
    [1_050, 1_250],
    [1_100, 1_250],
    [1_101, 1_101],
    [2_250, 2_250],
  ])('makes %d ms %d ms, so that it never ends while the answer to the second SYN is on its way', (asked, used) => {
    expect(safeTimeout(asked)).toBe(used);
  });
});

describe('pauseMs', () => {
  it('doubles from 20 ms and stops at 640 ms', () => {
    expect([1, 2, 3, 6, 7, 1_000].map(pauseMs)).toEqual([20, 40, 80, 640, 640, 640]);
  });
});
