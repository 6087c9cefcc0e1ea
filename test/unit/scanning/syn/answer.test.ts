import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAnswer, readAnswer } from '../../../../core/scanning/syn/answer.ts';
import { SYN_BYTES, SynWriter } from '../../../../core/scanning/syn/syn-frame.ts';

const US = { 4: Uint8Array.of(10, 0, 0, 1), 6: Uint8Array.from({ length: 16 }, (_, i) => i) };
const THEM = { 4: Uint8Array.of(192, 0, 2, 9), 6: Uint8Array.from({ length: 16 }, (_, i) => 200 + i) };
const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];

/** A TCP packet from them to us; `options` are whole words. */
function tcp(family: Family, flags: number, acknowledged: number, options: readonly number[] = []): Uint8Array {
  const head = family === 4 ? 20 : 40;
  const packet = new Uint8Array(head + 20 + options.length);
  const view = new DataView(packet.buffer);
  if (family === 4) {
    packet.set([0x45, 0, 0, packet.length, 0, 0, 0, 0, 64, 6]);
    packet.set(THEM[4], 12);
    packet.set(US[4], 16);
  } else {
    packet.set([0x60, 0, 0, 0, 0, packet.length - 40, 6, 64]);
    packet.set(THEM[6], 8);
    packet.set(US[6], 24);
  }
  view.setUint16(head, 443);
  view.setUint16(head + 2, 61_007);
  view.setUint32(head + 8, acknowledged);
  packet[head + 12] = ((20 + options.length) / 4) << 4;
  packet[head + 13] = flags;
  packet.set(options, head + 20);
  return packet;
}

function icmp(family: Family, type: number, code: number): Uint8Array {
  const head = family === 4 ? 20 : 40;
  const packet = new Uint8Array(head + 8 + SYN_BYTES[family]);
  packet.set(tcp(family, 2, 0).subarray(0, head));
  packet[family === 4 ? 9 : 6] = family === 4 ? 1 : 58;
  packet[head] = type;
  packet[head + 1] = code;
  const writer = new SynWriter(US[family]);
  const [words, them] = [packet, THEM[family]].map(({ buffer }) => new Int32Array(buffer)) as [Int32Array, Int32Array];
  writer.lay(words, (head + 8) / 4);
  writer.write(words, (head + 8) / 4, them, 0, 61_007, 443, 0xfedcba98, 5);
  return packet;
}

const wordsOf = (address: Uint8Array): number[] => {
  const view = new DataView(address.buffer);
  return Array.from({ length: address.length / 4 }, (_, i) => view.getInt32(i * 4));
};
const read = (packet: Uint8Array, length = packet.length) => {
  const answer = anAnswer();
  return readAnswer(packet, 0, length, answer) ? answer : null;
};

describe.each(FAMILIES)('an answer over IPv%i', (family) => {
  const words = wordsOf(THEM[family]);

  it('is open when it is a SYN-ACK, with the sequence number it acknowledges and our timestamp', () => {
    const options = [2, 4, 5, 0xb4, 1, 1, 8, 10, 9, 9, 9, 9, 0x80, 0, 0, 7, 0, 0, 0, 0];
    const answer = read(tcp(family, 0x12, 0, options));
    expect(answer).toMatchObject({
      kind: 'open',
      port: 443,
      sourcePort: 61_007,
      sequence: 0xffffffff,
      timestamp: 0x80000007,
    });
    expect([...answer!.address].slice(0, words.length)).toEqual(words);
  });

  it('is closed when it is a RST that acknowledges', () => {
    expect(read(tcp(family, 0x14, 1_001))).toMatchObject({ kind: 'closed', sequence: 1_000, timestamp: 0 });
  });

  it.each([0x02, 0x04, 0x10, 0x11, 0x13, 0x16, 0x00])('is none with the flags %i', (flags) => {
    expect(read(tcp(family, flags, 1_001))).toBeNull();
  });

  it('is a refusal when it quotes our SYN, with the address that was probed and the sequence number', () => {
    const answer = read(icmp(family, family === 4 ? 3 : 1, 13));
    expect(answer).toMatchObject({ kind: 'refused', code: 13, port: 443, sourcePort: 61_007, sequence: 0xfedcba98 });
    expect([...answer!.address].slice(0, words.length)).toEqual(words);
    expect(read(icmp(family, family === 4 ? 11 : 3, 0))).toBeNull();
  });

  it('is none when it is cut anywhere before the ports and numbers are there', () => {
    const head = family === 4 ? 20 : 40;
    for (const [packet, needed] of [
      [tcp(family, 0x12, 1), head + 20],
      [icmp(family, family === 4 ? 3 : 1, 0), head + 8 + head + 8],
    ] as const) {
      for (let length = 0; length < needed; length += 1) expect(read(packet.slice(0, length))).toBeNull();
      expect(read(packet.slice(0, needed))).not.toBeNull();
    }
  });
});

it('whatever bytes come, reading ends and reads nothing past them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 160 }), fc.constantFrom(0x45, 0x60, 0x4f, 0x46), (bytes, first) => {
      const packet = Uint8Array.of(first, ...bytes);
      const guarded = new Uint8Array(packet.length + 64).fill(0xff);
      guarded.set(packet);
      const [plain, padded] = [anAnswer(), anAnswer()];
      expect(readAnswer(packet, 0, packet.length, plain)).toBe(readAnswer(guarded, 0, packet.length, padded));
      expect(padded).toEqual(plain);
    }),
  );
});

/** The packet with extension headers of these numbers before its body; the fragment's offset in 8 bytes. */
function extended(packet: Uint8Array, headers: readonly number[], offset = 0): Uint8Array {
  const parts = headers.map((header, i) => {
    const part = new Uint8Array(header === 60 ? 16 : 8);
    part[0] = headers[i + 1] ?? packet[6]!;
    if (header === 60) part[1] = 1;
    if (header === 44) new DataView(part.buffer).setUint16(2, offset << 3);
    return [...part];
  });
  const whole = Uint8Array.from([...packet.subarray(0, 40), ...parts.flat(), ...packet.subarray(40)]);
  whole[6] = headers[0]!;
  return whole;
}

describe('IPv6 extension headers', () => {
  const answerOf = (packet: Uint8Array) => {
    const into = anAnswer();
    return readAnswer(packet, 0, packet.length, into) ? into : null;
  };
  const plain = tcp(6, 0x12, 1_001);

  it('are followed to the answer, whichever and however many within reason', () => {
    for (const headers of [[0], [43], [44], [60], [0, 60, 43, 44], [0, 0, 0, 0, 0, 0, 0, 0]]) {
      expect(answerOf(extended(plain, headers))).toEqual(answerOf(plain));
    }
    expect(
      answerOf(
        extended(
          plain,
          Array.from({ length: 9 }, () => 0),
        ),
      ),
    ).toBeNull();
  });

  it('of a fragment that is not the first, or cut short, lead nowhere', () => {
    expect(answerOf(extended(plain, [44], 1))).toBeNull();
    const whole = extended(plain, [0, 60]);
    for (let length = 0; length < whole.length; length += 1) {
      expect(answerOf(whole.slice(0, length))).toBeNull();
    }
  });
});
