import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  carries,
  icmpOf,
  type Ping,
  PING_BYTES,
  pingRequest,
  readPingReply,
} from '../../../../core/scanning/liveness/icmp.ts';

/** RFC 1071 word by word, carry after carry. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum = (sum & 0xffff) + 1;
  }
  return sum;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const word16 = fc.integer({ min: 0, max: 0xffff });
const word32 = fc.integer({ min: 0, max: 0xffffffff });
const aPing = fc.record({
  kind: fc.constantFrom('icmp-echo' as const, 'icmp-timestamp' as const),
  identifier: word16,
  sequence: word16,
  cookie: fc.tuple(word32, word32),
});

/** What a host sends back: the request with another type, and its own times. */
function replyTo(request: Uint8Array): Uint8Array {
  const reply = Uint8Array.from(request);
  reply[0] = { 8: 0, 13: 14, 128: 129 }[request[0]!] ?? 255;
  if (reply[0] === 14) reply.set([1, 2, 3, 4, 5, 6, 7, 8], 12);
  reply.set([0, 0], 2);
  const sum = ~sumOf(reply) & 0xffff;
  reply.set([sum >> 8, sum & 255], 2);
  return reply;
}

describe('an ICMP request', () => {
  it('has each field where RFC 792 puts it', () => {
    const fields = { identifier: 0x1234, sequence: 7, cookie: [0x01020304, 0x0a0b0c0d] as const };
    expect(hex(pingRequest(4, { kind: 'icmp-echo', ...fields }))).toBe('0800cba612340007010203040a0b0c0d00000000');
    expect(hex(pingRequest(4, { kind: 'icmp-timestamp', ...fields }))).toBe('0d005cbe12340007810203040000000000000000');
    expect(hex(pingRequest(6, { kind: 'icmp-echo', ...fields }))).toBe('8000000012340007010203040a0b0c0d00000000');
  });

  it('of IPv4 has a right checksum, whatever it carries', () => {
    fc.assert(
      fc.property(aPing, (ping) => {
        const request = pingRequest(4, ping);
        expect([request.length, sumOf(request)]).toEqual([PING_BYTES, 0xffff]);
      }),
    );
  });

  it('is recognised in its reply', () => {
    fc.assert(
      fc.property(aPing, fc.constantFrom(4 as const, 6 as const), (ping, family) => {
        fc.pre(family === 4 || ping.kind === 'icmp-echo');
        const reply = readPingReply(family, replyTo(pingRequest(family, ping)));
        expect(reply).toMatchObject({ kind: ping.kind, identifier: ping.identifier, sequence: ping.sequence });
        expect(carries(reply!, ping.cookie)).toBe(true);
      }),
    );
  });
});

describe('an ICMP message', () => {
  const request = pingRequest(4, { kind: 'icmp-echo', identifier: 1, sequence: 2, cookie: [3, 4] });
  const reply = replyTo(request);

  it('that is no reply is none: a request, an error, another code, a message cut short', () => {
    expect(readPingReply(4, request)).toBeUndefined();
    for (const [at, value] of [
      [0, 3],
      [0, 11],
      [0, 129],
      [1, 1],
    ] as const) {
      const other = Uint8Array.from(reply);
      other[at] = value;
      expect(readPingReply(4, other)).toBeUndefined();
    }
    for (let length = 0; length < PING_BYTES; length += 1) {
      expect(readPingReply(4, reply.subarray(0, length))).toBeUndefined();
    }
    const timestamp = replyTo(pingRequest(4, { kind: 'icmp-timestamp', identifier: 1, sequence: 2, cookie: [3, 4] }));
    expect([readPingReply(4, timestamp)?.kind, readPingReply(6, timestamp)]).toEqual(['icmp-timestamp', undefined]);
  });

  it('with one bit wrong is refused, by its checksum', () => {
    for (let bit = 0; bit < PING_BYTES * 8; bit += 1) {
      const damaged = Uint8Array.from(reply);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(readPingReply(4, damaged)).toBeUndefined();
    }
  });

  it('with another cookie answers nothing of ours', () => {
    fc.assert(
      fc.property(aPing, fc.tuple(word32, word32), (ping, other) => {
        const given: Ping = readPingReply(4, replyTo(pingRequest(4, ping)))!;
        const same =
          ping.kind === 'icmp-echo'
            ? other[0] === ping.cookie[0] && other[1] === ping.cookie[1]
            : other[0] % 2 ** 31 === ping.cookie[0] % 2 ** 31;
        expect(carries(given, other)).toBe(same);
      }),
    );
  });

  it('of a raw socket comes after the IPv4 header, options included', () => {
    const packet = (words: number): Uint8Array => {
      const bytes = new Uint8Array(words * 4 + PING_BYTES);
      bytes[0] = 0x40 | words;
      bytes.set(reply, words * 4);
      return bytes;
    };
    expect([5, 6, 15].map((words) => hex(icmpOf(packet(words))!))).toEqual([hex(reply), hex(reply), hex(reply)]);
    expect([icmpOf(packet(4)), icmpOf(packet(5).subarray(0, 20)), icmpOf(new Uint8Array(0))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
