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
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

describe('a SYN', () => {
  it.each([4, 6] as const)(
    'of IPv%i has right checksums for every address, port, sequence number and timestamp',
    (family) => {
      const width = family === 4 ? 4 : 16;
      fc.assert(
        fc.property(bytes(width), bytes(width), port, port, word, word, (from, to, source, target, sequence, stamp) => {
          const out = new Uint8Array(SYN_BYTES[family] + 10).fill(0xaa);
          const padded = Uint8Array.of(1, 2, 3, ...to);
          new SynWriter(from).write(out, 5, padded, 3, source, target, sequence, stamp);
          const packet = out.slice(5, 5 + SYN_BYTES[family]);
          expect([...out.slice(0, 5), ...out.slice(-5)]).toEqual(Array.from({ length: 10 }, () => 0xaa));
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
    new SynWriter(from).write(out, 0, to, 0, 61_000, 80, 0x01020304, 0x0a0b0c0d);
    const words = Buffer.from(out).toString('hex').match(/.{8}/g);
    expect(words).toEqual([
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
