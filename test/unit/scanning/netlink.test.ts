import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ethernetOf,
  lacksSource,
  linkNameOf,
  linkQuestion,
  linkStateOf,
  neighbourOf,
  neighbourQuestion,
  readReply,
  routeOf,
  routeQuestion,
} from '../../../core/scanning/netlink.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** A message: type, fixed part, attributes. */
function message(type: string, fixed: string, ...attributes: string[]): Uint8Array {
  const body = bytes(fixed + attributes.join(''));
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeUInt16LE(Number(type), 4);
  return Uint8Array.from([...head, ...body]);
}

const ROUTE = '02 20 00 00 fe 00 00 01 00 02 00 00';
const OIF = '0800 0400 07000000';
const SOURCE = '0800 0700 0a630001';
const GATEWAY = '0800 0500 0a6300fe';

describe('questions to rtnetlink', () => {
  it('are as `ip route get` and `ip neigh get` write them', () => {
    expect(hex(routeQuestion(Uint8Array.of(192, 0, 2, 9)))).toBe(
      hex(bytes('24000000 1a00 0100 00000000 00000000 02200000 00000000 00000000 0800 0100 c0000209')),
    );
    expect(hex(neighbourQuestion(Uint8Array.of(192, 0, 2, 9), 7))).toBe(
      hex(bytes('24000000 1e00 0100 00000000 00000000 02000000 07000000 00000000 0800 0100 c0000209')),
    );
    expect(linkQuestion(7).length).toBe(32);
  });
});

describe('what rtnetlink says', () => {
  it('names an interface, and none that is not there', () => {
    const fixed = '00 00 01 00 07000000 00000000 00000000';
    expect(linkNameOf(readReply(message('16', fixed, '0900 0300 6574683000 000000'))!)).toBe('eth0');
    expect(linkNameOf(readReply(message('2', 'edffffff'))!)).toBe('');
  });

  it('is a route on the link, by a router, or to this machine', () => {
    const on = routeOf(readReply(message('24', ROUTE, OIF, SOURCE))!);
    expect(on).toEqual({ link: 7, source: Uint8Array.of(10, 99, 0, 1), gateway: null, own: false });
    const by = routeOf(readReply(message('24', ROUTE, OIF, SOURCE, GATEWAY))!);
    expect(by?.gateway).toEqual(Uint8Array.of(10, 99, 0, 254));
    const local = routeOf(readReply(message('24', '02 20 00 00 ff 00 00 02 00 02 00 00', OIF, SOURCE))!);
    expect(local).toMatchObject({ own: true });
  });

  it('is no route when it is an error, a blackhole, or has no source', () => {
    const error = readReply(message('2', '9bffffff'));
    expect(error?.error).toBe(101);
    expect(routeOf(error!)).toBeUndefined();
    expect(routeOf(readReply(message('24', '02 20 00 00 fe 00 00 06 00 02 00 00', OIF, SOURCE))!)).toBeUndefined();
    expect(routeOf(readReply(message('24', ROUTE, OIF))!)).toBeUndefined();
  });

  it('lacks a source where an interface has no address, not where there is no way', () => {
    expect(lacksSource(readReply(message('24', ROUTE, OIF))!)).toBe(true);
    expect(lacksSource(readReply(message('24', ROUTE, OIF, SOURCE))!)).toBe(false);
    expect(lacksSource(readReply(message('2', '9bffffff'))!)).toBe(false);
  });

  it('is a link that is up with a carrier, and how often it lost that', () => {
    const link = (flags: string, ...attributes: string[]) =>
      linkStateOf(readReply(message('16', `00 00 01 00 07000000 ${flags} 00000000`, ...attributes))!);
    const [carrier, none, losses] = ['0500 2100 01000000', '0500 2100 00000000', '0800 3000 03000000'];
    expect(link('43100100', carrier, losses)).toEqual({ up: true, losses: 3 });
    expect(link('03100000', none, losses)).toEqual({ up: false, losses: 3 });
    expect(link('02100000', carrier)).toEqual({ up: false, losses: 0 });
    expect(link('43100100')).toEqual({ up: true, losses: 0 });
    expect(linkStateOf(readReply(message('2', 'edffffff'))!)).toEqual({ up: false, losses: 0 });
  });

  it('is a neighbour that is known, failed, or being asked', () => {
    const neighbour = (state: string, ...more: string[]) =>
      neighbourOf(readReply(message('28', `02000000 07000000 ${state} 0000`, ...more))!);
    const mac = '0a00 0200 020000000001 0000';
    expect(neighbour('0200', mac)).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 1));
    expect(neighbour('0400', mac)).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 1));
    expect([neighbour('2000'), neighbour('0100'), neighbour('2000', mac)]).toEqual(['failed', 'unknown', 'failed']);
    expect(neighbourOf(readReply(message('2', 'feffffff'))!)).toBe('unknown');
  });

  it('stays what it was when the buffer it was read from is used again', () => {
    const buffer = Buffer.from(message('24', ROUTE, OIF, SOURCE, GATEWAY));
    const reply = readReply(buffer)!;
    buffer.fill(0);
    expect(routeOf(reply)).toEqual({
      link: 7,
      source: Uint8Array.of(10, 99, 0, 1),
      gateway: Uint8Array.of(10, 99, 0, 254),
      own: false,
    });
  });

  it('is the address of an interface when it is Ethernet', () => {
    const link = (type: string) =>
      ethernetOf(readReply(message('16', `0000 ${type} 07000000 00000000 00000000`, '0a00 0100 02000000000a 0000'))!);
    expect(link('0100')).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 10));
    expect(link('0403')).toBeNull();
  });

  it('is read without error whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 16, 24, 28, 3), fc.uint8Array({ maxLength: 80 }), (type, body) => {
        const whole = Uint8Array.of(16 + body.length, 0, 0, 0, type, 0, ...new Uint8Array(10), ...body);
        const reply = readReply(whole);
        if (reply === undefined) return;
        expect(() => [routeOf(reply), neighbourOf(reply), ethernetOf(reply)]).not.toThrow();
      }),
    );
  });
});
