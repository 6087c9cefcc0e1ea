import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../../core/scanning/bpf.ts';
import { KEPT, answersFilter } from '../../../../core/scanning/syn/filter.ts';

const [FOR_SOMEBODY_ELSE, OUTGOING] = [3, 4];

/** What the kernel does with a filter (the instructions used here; reading past the end drops the packet). */
function run(program: readonly Instruction[], packet: Uint8Array, type: number): number {
  let [a, x, at] = [0, 0, 0];
  for (;;) {
    const [code, yes, no, k] = program[at]!;
    at += 1;
    const load = (offset: number, width: number): boolean => {
      if (offset + width > packet.length) return false;
      a = width === 1 ? packet[offset]! : packet[offset]! * 256 + packet[offset + 1]!;
      return true;
    };
    const jump = (taken: boolean): void => void (at += taken ? yes : no);
    if (code === 0x30 && k === 0xfffff004) a = type;
    else if (code === 0x30 && !load(k, 1)) return 0;
    else if (code === 0x28 && !load(k, 2)) return 0;
    else if (code === 0x50 && !load(x + k, 1)) return 0;
    else if (code === 0x48 && !load(x + k, 2)) return 0;
    else if (code === 0xb1) x = (packet[k]! & 15) * 4;
    else if (code === 0x15) jump(a === k);
    else if (code === 0x25) jump(a > k);
    else if (code === 0x35) jump(a >= k);
    else if (code === 0x45) jump((a & k) !== 0);
    else if (code === 0x05) at += k;
    else if (code === 0x06) return k;
  }
}

const [FIRST, LAST] = [61_000, 61_010];
const EXTENSIONS = new Set([0, 43, 44, 60]);

function aPacket(family: 4 | 6, protocol: number, port: number, options = 0): Uint8Array {
  const head = family === 4 ? 20 + options * 4 : 40;
  const bytes = new Uint8Array(head + 60);
  bytes[0] = family === 4 ? 0x40 | (head / 4) : 0x60;
  bytes[family === 4 ? 9 : 6] = protocol;
  const at = protocol === 6 ? head + 2 : head + 8 + (family === 4 ? 20 : 40);
  if (protocol !== 6) bytes[head] = family === 4 ? 3 : 1;
  new DataView(bytes.buffer).setUint16(at, port);
  return bytes;
}

describe.each([4, 6] as const)('the filter of IPv%i', (family) => {
  const program = answersFilter(family, FIRST, LAST);
  const kept = (bytes: Uint8Array, type = 0): boolean => run(program, bytes, type) === KEPT;
  const icmp = family === 4 ? 1 : 58;

  it('keeps TCP to our ports and refusals that quote them, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(6, icmp, ...EXTENSIONS), fc.nat(255)),
        fc.oneof(fc.integer({ min: FIRST - 2, max: LAST + 2 }), fc.nat(65_535)),
        fc.nat(family === 4 ? 10 : 0),
        (protocol, port, options) => {
          const ours = port >= FIRST && port <= LAST && (protocol === 6 || protocol === icmp);
          const extended = family === 6 && EXTENSIONS.has(protocol);
          expect(kept(aPacket(family, protocol, port, options))).toBe(ours || extended);
          for (const type of [FOR_SOMEBODY_ELSE, OUTGOING])
            expect(kept(aPacket(family, protocol, port, options), type)).toBe(false);
        },
      ),
    );
  });

  it('drops other ICMP, and packets that are cut short', () => {
    const echo = aPacket(family, icmp, FIRST);
    echo[family === 4 ? 20 : 40] = family === 4 ? 8 : 128;
    expect(kept(echo)).toBe(false);
    for (const length of family === 4 ? [1, 7, 9, 21, 23] : [1, 6, 41, 43])
      expect(kept(aPacket(family, 6, FIRST).slice(0, length))).toBe(false);
  });
});

it('the filter of IPv4 drops later fragments, whose first bytes are no ports', () => {
  const fragment = aPacket(4, 6, FIRST);
  expect(run(answersFilter(4, FIRST, LAST), fragment, 0)).toBe(KEPT);
  fragment[7] = 1;
  expect(run(answersFilter(4, FIRST, LAST), fragment, 0)).toBe(0);
});
