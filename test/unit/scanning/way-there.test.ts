import { describe, expect, it } from 'vitest';
import { readReply } from '../../../core/scanning/netlink.ts';
import { hopStateOf, linkSeenOf, nextHopOf, wayBy } from '../../../core/scanning/way-there.ts';

const [ROUTE, NEIGHBOUR, LINK, ERROR] = [24, 28, 16, 2] as const;

/** What rtnetlink says: a message of this type, its fixed part and attributes in hexadecimal. */
function reply(type: number, ...parts: string[]) {
  const body = Buffer.from(parts.join('').replaceAll(' ', ''), 'hex');
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeUInt16LE(type, 4);
  return readReply(Buffer.concat([head, body]))!;
}

const route = (kind: string): string => `02 20 00 00 fe 00 00 ${kind} 00 02 00 00`;
const [UNICAST, LOCAL, BROADCAST, BLACKHOLE] = ['01', '02', '03', '06'] as const;
const OIF = '0800 0400 07000000';
const SOURCE = '0800 0700 0a630001';
const GATEWAY = '0800 0500 0a6300fe';
const TARGET = Uint8Array.of(10, 99, 0, 9);

describe('the next hop', () => {
  it('is the target on its own link, or the router', () => {
    const on = { link: 7, address: TARGET, router: false };
    expect(nextHopOf(reply(ROUTE, route(UNICAST), OIF, SOURCE), TARGET)).toEqual(on);
    const by = { link: 7, address: Uint8Array.of(10, 99, 0, 254), router: true };
    expect(nextHopOf(reply(ROUTE, route(UNICAST), OIF, SOURCE, GATEWAY), TARGET)).toEqual(by);
  });

  it('is none where the target is this machine or a broadcast address, or where nothing can leave', () => {
    const said = (...parts: string[]) => nextHopOf(reply(ROUTE, ...parts), TARGET);
    expect(said(route(LOCAL), OIF, SOURCE)).toEqual({ kind: 'reached' });
    expect(said(route(BROADCAST), OIF, SOURCE)).toEqual({ kind: 'broadcast' });
    expect(said(route(UNICAST), OIF)).toEqual({ kind: 'failed', reason: 'EADDRNOTAVAIL' });
    expect(said(route(BLACKHOLE))).toEqual({ kind: 'failed', reason: 'ENETUNREACH' });
    expect(nextHopOf(reply(ERROR, '9bffffff'), TARGET)).toEqual({ kind: 'failed', reason: 'ENETUNREACH' });
  });
});

it('a machine on a link is known, asked for, asked for in vain, or not known of', () => {
  const state = (number: string) => hopStateOf(reply(NEIGHBOUR, '02 00 00 00 07000000', number, '00 01'));
  // REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT
  expect(['0200', '0400', '0800', '1000', '4000', '8000'].map(state)).toEqual(Array.from({ length: 6 }, () => 'known'));
  expect(['0100', '2000', '0000'].map(state)).toEqual(['asking', 'failed', 'none']);
  expect(hopStateOf(reply(ERROR, 'feffffff'))).toBe('none');
});

it('a link has neighbours that are asked for only where it is Ethernet', () => {
  const mac = '0a00 0100 020000000001 0000';
  const up = '43100100 00000000';
  expect(linkSeenOf(reply(LINK, '00 00 0100 07000000', up, mac))).toEqual({ up: true, losses: 0, ethernet: true });
  expect(linkSeenOf(reply(LINK, '00 00 feff 07000000', up))).toEqual({ up: true, losses: 0, ethernet: false });
});

describe('the way to an address', () => {
  it('is there where the next machine is known', () => {
    for (const router of [true, false])
      for (const asked of [true, false]) {
        expect(wayBy(router, 'known', asked)).toEqual({ kind: 'reached' });
      }
  });

  it('ends at nobody on the own link, and fails at a router that nobody is', () => {
    expect(wayBy(false, 'failed', false)).toEqual({ kind: 'nobody' });
    expect(wayBy(true, 'failed', false)).toEqual({ kind: 'failed', reason: 'EHOSTUNREACH' });
  });

  it('is not judged by what the kernel is still asking or never asked, unless it was asked for long enough', () => {
    expect(wayBy(false, 'asking', false)).toEqual({ kind: 'asking' });
    expect(wayBy(true, 'asking', false)).toEqual({ kind: 'asking' });
    expect(wayBy(false, 'none', false)).toEqual({ kind: 'reached' });
    for (const state of ['asking', 'none'] as const) {
      expect(wayBy(false, state, true)).toEqual({ kind: 'nobody' });
      expect(wayBy(true, state, true)).toEqual({ kind: 'failed', reason: 'EHOSTUNREACH' });
    }
  });
});
