import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probeOf, UDP_PROBES } from '../../../../core/scanning/udp/udp-probes.ts';
import { ADDRESS, bytesOf, SAMPLES, TOKEN } from './samples.ts';

const OTHER = TOKEN.map((byte) => byte ^ 0x5c);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the ports that are asked in their own protocol', () => {
  it('each have a sample here, and one probe', () => {
    expect(UDP_PROBES.map(({ port }) => port)).toEqual(
      Object.keys(SAMPLES)
        .map(Number)
        .sort((a, b) => a - b),
    );
  });
});

describe.each(UDP_PROBES)('$service on port $port', (probe) => {
  const sample = SAMPLES[probe.port] ?? { request: '', answers: [] };

  it('is asked as its specification says', () => {
    expect(hex(probe.request(TOKEN, ADDRESS))).toBe(hex(bytesOf(sample.request)));
  });

  it('is known by its answers', () => {
    for (const answer of sample.answers)
      expect([answer, probe.answers(bytesOf(answer), TOKEN)]).toEqual([answer, true]);
  });

  it('is not taken from what is no answer, or to another question', () => {
    for (const other of sample.others ?? [])
      expect([other, probe.answers(bytesOf(other), TOKEN)]).toEqual([other, false]);
    expect(probe.answers(new Uint8Array(0), TOKEN)).toBe(false);
    for (const answer of sample.answers) expect(probe.answers(bytesOf(answer), OTHER)).toBe(!probe.repeats);
  });

  it('is not taken from its own question sent back, nor from an answer cut short', () => {
    expect(probe.answers(probe.request(TOKEN, ADDRESS), TOKEN)).toBe(false);
    for (const answer of sample.answers) expect(probe.answers(bytesOf(answer).subarray(0, 3), TOKEN)).toBe(false);
  });

  it('reads any datagram without failing, and takes none for an answer that does not repeat the token', () => {
    const broken = fc
      .tuple(
        fc.constantFrom(...sample.answers, ...(sample.others ?? [])),
        fc.nat(60),
        fc.constantFrom(0, 1, 0x7f, 0x80),
        fc.nat(200),
      )
      .map(([text, at, byte, length]) => {
        const bytes = bytesOf(text);
        bytes[at % bytes.length] = byte;
        return bytes.subarray(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), broken), (datagram) => {
        expect(typeof probe.answers(datagram, TOKEN)).toBe('boolean');
        expect(probe.repeats && probe.answers(datagram, OTHER)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the question of mDNS', () => {
  it('asks for the name of an IPv6 address by its sixteen bytes', () => {
    const address = Uint8Array.from({ length: 16 }, (_, i) => [0x20, 0x01, 0x0d, 0xb8][i] ?? (i === 15 ? 0x1f : 0));
    const text = Buffer.from(probeOf(5_353).request(TOKEN, address)).toString('latin1');
    expect(text).toContain(
      `${Array.from(`f1${'0'.repeat(22)}8bd01002`, (digit) => `\x01${digit}`).join('')}\x03ip6\x04arpa\0`,
    );
  });
});

describe('a port without a protocol of its own', () => {
  it('is sent an empty datagram, and anything is an answer', () => {
    expect(probeOf(40_000).request(TOKEN, ADDRESS)).toHaveLength(0);
    expect(probeOf(40_000).answers(Uint8Array.of(0), TOKEN)).toBe(true);
  });
});
