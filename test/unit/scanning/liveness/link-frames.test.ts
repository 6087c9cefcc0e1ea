import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkRequest, readLinkAnswer } from '../../../../core/scanning/liveness/link-frames.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const MINE = bytes('02 00 00 00 00 01');
const THEIRS = bytes('02 00 00 00 00 99');
const FOUR = { mac: MINE, address: Uint8Array.of(10, 0, 0, 1) };
const SIX = { mac: MINE, address: bytes('fd00 0000 0000 0000 0000 0000 0000 0001') };
const TARGET = { 4: Uint8Array.of(10, 0, 0, 7), 6: bytes('fd00 0000 0000 0000 0000 0000 0012 3456') };

/** Of an IPv6 packet: pseudo-header and message (RFC 8200 8.1), carry after carry; 0xffff when the checksum in it is right. */
function sum6(ip: Uint8Array): number {
  const whole = Uint8Array.of(...ip.subarray(8, 40), 0, 0, ip[4]!, ip[5]!, 0, 0, 0, 58, ...ip.subarray(40));
  let sum = 0;
  for (let i = 0; i < whole.length; i += 2) {
    sum += whole[i]! * 256 + (whole[i + 1] ?? 0);
    if (sum > 0xffff) sum = (sum & 0xffff) + 1;
  }
  return sum;
}

const arpReply = bytes(
  '020000000001 020000000099 0806 0001 0800 06 04 0002 020000000099 0a000007 020000000001 0a000001',
);

/** Solicited, override, target option; with the checksum it should have. */
function advertisement(
  over: { flags?: number; option?: string; hopLimit?: number; checksum?: number } = {},
): Uint8Array {
  const { flags = 0x60, option = '0201 020000000099', hopLimit = 255 } = over;
  const message = bytes(`88000000 ${flags.toString(16).padStart(2, '0')}000000 ${hex(TARGET[6])} ${option}`);
  const ip = bytes(
    `60000000 00${message.length.toString(16)} 3a ${hopLimit.toString(16)} ${hex(TARGET[6])} ${hex(SIX.address)}`,
  );
  const packet = Uint8Array.of(...ip, ...message);
  const checksum = over.checksum ?? ~sum6(packet) & 0xffff;
  packet.set([checksum >> 8, checksum & 255], 42);
  return Uint8Array.of(...MINE, ...THEIRS, 0x86, 0xdd, ...packet);
}

describe('a question to the link', () => {
  it('is an ARP request as RFC 826 has it', () => {
    expect(hex(linkRequest(FOUR, TARGET[4]))).toBe(
      'ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000007',
    );
  });

  it('is a neighbour solicitation as RFC 4861 has it, to the group of the target', () => {
    const frame = linkRequest(SIX, TARGET[6]);
    expect(hex(frame.subarray(0, 14))).toBe('3333ff12345602000000000186dd');
    expect(hex(frame.subarray(14, 54))).toBe(`6000000000203aff${hex(SIX.address)}ff0200000000000000000001ff123456`);
    expect(hex(frame.subarray(58))).toBe(`00000000${hex(TARGET[6])}0101020000000001`);
    expect([frame[54], frame[55]]).toEqual([135, 0]);
  });

  it('has a right checksum for every address', () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const mac = fc.uint8Array({ minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(address, address, mac, (from, to, own) => {
        expect(sum6(linkRequest({ mac: own, address: from }, to).subarray(14))).toBe(0xffff);
      }),
    );
  });
});

describe('an answer of the link', () => {
  it('says who has the address', () => {
    expect(readLinkAnswer(FOUR, arpReply)).toEqual({ address: TARGET[4], mac: THEIRS, own: true });
    expect(readLinkAnswer(SIX, advertisement())).toEqual({ address: TARGET[6], mac: THEIRS, own: true });
    expect(readLinkAnswer(SIX, advertisement({ option: '' }))).toEqual({ address: TARGET[6], mac: THEIRS, own: true });
  });

  it('without the override flag is for somebody else', () => {
    expect(readLinkAnswer(SIX, advertisement({ flags: 0x40 }))).toMatchObject({ own: false });
  });

  it('is none when it was not asked for, came from beyond the link, or contradicts itself', () => {
    const refused = [
      advertisement({ flags: 0x20 }),
      advertisement({ hopLimit: 254 }),
      advertisement({ option: '0201 020000000098' }),
      advertisement({ checksum: 0x1234 }),
    ];
    expect(refused.map((frame) => readLinkAnswer(SIX, frame))).toEqual(refused.map(() => undefined));
  });

  it.each([
    ['ARP', FOUR, arpReply],
    ['neighbour discovery', SIX, advertisement()],
  ])('of %s is read from no frame cut short, to somebody else or from ourselves', (_name, asker, frame) => {
    for (let length = 0; length < frame.length; length += 1) {
      const read = readLinkAnswer(asker, frame.subarray(0, length));
      expect(read).toBeUndefined();
    }
    const toAll = Uint8Array.from(frame);
    toAll.set([255, 255, 255, 255, 255, 255], 0);
    const fromUs = Uint8Array.from(frame);
    fromUs.set(MINE, 6);
    const fromMany = Uint8Array.from(frame);
    fromMany.set([3], 6);
    expect([toAll, fromUs, fromMany].map((other) => readLinkAnswer(asker, other))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('of ARP is none with any one byte of it changed, but for the address it is about', () => {
    const read = Array.from(arpReply, (byte, at) => {
      const changed = Uint8Array.from(arpReply);
      changed[at] = byte ^ 0xff;
      return readLinkAnswer(FOUR, changed)?.address.join('.');
    });
    // The address that was asked for stands at 28 to 31: whether anybody asked for that one is for the caller to say.
    expect(read).toEqual(
      Object.assign(Array.from({ length: arpReply.length }), {
        28: '245.0.0.7',
        29: '10.255.0.7',
        30: '10.0.255.7',
        31: '10.0.0.248',
      }),
    );
  });
});
