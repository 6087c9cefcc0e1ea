import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../core/config/duration.ts';
import { parseListen } from '../../../core/config/listen.ts';
import { BadInput } from '../../../core/errors.ts';

describe('parseDuration', () => {
  it.each([
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    [' 10s ', 10_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text, { min: '1s', max: '7d' })).toBe(ms);
  });

  it('reads every whole number of seconds in the range and nothing beyond it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), (n) => {
        let read: number | undefined;
        try {
          read = parseDuration(`${n}s`, { min: '1s', max: '7d' });
        } catch (error) {
          if (!(error instanceof BadInput)) throw error;
        }
        expect(read).toBe(n >= 1 && n <= 604_800 ? n * 1_000 : undefined);
      }),
    );
  });

  it.each(['', '10', 's', '1.5h', '-1s', '1w', '10 s', '1h30m', '0x10s', '１s'])('%j is no duration', (text) => {
    expect(() => parseDuration(text, { min: '1s', max: '7d' })).toThrow(`"${text}" is not a duration`);
  });
});

describe('parseListen', () => {
  it.each([
    ['127.0.0.1:8460', { host: '127.0.0.1', port: 8460 }],
    ['127.7.7.9:1', { host: '127.7.7.9', port: 1 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:8460', { host: 'localhost', port: 8460 }],
  ])('%j is read', (text, listen) => {
    expect(parseListen(text)).toEqual(listen);
  });

  it.each([
    '0.0.0.0:80',
    '[::]:80',
    '192.0.2.1:80',
    'example.com:80',
    '127.1:80',
    '[::ffff:192.0.2.1]:80',
    '127.0.0.1.example.com:80',
  ])('%j is refused because others could reach it, or it is no address', (text) => {
    expect(() => parseListen(text)).toThrow('is not a loopback address');
  });

  it.each(['127.0.0.1', ':8460', '127.0.0.1:', '127.0.0.1:x', '::1:80', ''])('%j is not HOST:PORT', (text) => {
    expect(() => parseListen(text)).toThrow('is not HOST:PORT');
  });
});
