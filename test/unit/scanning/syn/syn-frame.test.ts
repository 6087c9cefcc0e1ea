import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SYN_BYTES, SynWriter } from '../../../../core/scanning/syn/syn-frame.ts';

/** RFC 1071 word by word, carry after carry. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum = (sum & 0xffff) + 1;
  }
  return sum;
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const port = fc.integer({ min: 1, max: 65_535 });
const words = (of: Uint8Array): Int32Array => new Int32Array(of.buffer, of.byteOffset, of.length / 4);
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

describe('a SYN', () => {
  it.each([4, 6] as const)(
    'of IPv%i has right checksums for every address, port, sequence number and timestamp',
    (family) => {
      const width = family === 4 ? 4 : 16;
      fc.assert(
        fc.property(bytes(width), bytes(width), port, port, word, word, (from, to, source, target, sequence, stamp) => {
          const out = new Uint8Array(SYN_BYTES[family] + 16).fill(0xaa);
          const padded = words(Uint8Array.of(1, 2, 3, 4, ...to));
          const writer = new SynWriter(from);
          writer.lay(words(out), 2);
          // A place is used again for other hosts and ports without being laid anew.
          writer.write(
            words(out),
            2,
            words(Uint8Array.of(...to).fill(0xfe)),
            0,
            65_535,
            65_535,
            0xffffffff,
            0xffffffff,
          );
          writer.write(words(out), 2, padded, 1, source, target, sequence, stamp);
          const packet = out.slice(8, 8 + SYN_BYTES[family]);
          expect([...out.slice(0, 8), ...out.slice(-8)]).toEqual(Array.from({ length: 16 }, () => 0xaa));
          const head = family === 4 ? 20 : 40;
          const ipHead = family === 4 ? packet.subarray(0, 20) : Uint8Array.of(0xff, 0xff);
          expect(checksum(ipHead)).toBe(0xffff);
          const tcp = packet.subarray(head);
          expect(checksum(Uint8Array.of(...from, ...to, 0, 6, 0, tcp.length, ...tcp))).toBe(0xffff);
          const view = new DataView(packet.buffer, head);
          expect([view.getUint16(0), view.getUint16(2), view.getUint32(4), view.getUint32(28)]).toEqual([
            source,
            target,
            sequence,
            stamp,
          ]);
        }),
      );
    },
  );

  it('of IPv4 has each field where RFC 791 and RFC 9293 put it', () => {
    const out = new Uint8Array(SYN_BYTES[4]);
    const [from, to] = [Uint8Array.of(10, 99, 0, 1), Uint8Array.of(10, 99, 0, 2)];
    const writer = new SynWriter(from);
    writer.lay(words(out), 0);
    writer.write(words(out), 0, words(to), 0, 61_000, 80, 0x01020304, 0x0a0b0c0d);
    expect(Buffer.from(out).toString('hex').match(/.{8}/g)).toEqual([
      '45000038',
      '00004000',
      '400625f8',
      '0a630001',
      '0a630002',
      'ee480050',
      '01020304',
      '00000000',
      '9002faf0',
      '439e0000',
      '020405b4',
      '0402080a',
      '0a0b0c0d',
      '00000000',
    ]);
  });
});
