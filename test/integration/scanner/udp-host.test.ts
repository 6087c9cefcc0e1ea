import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import type { UdpVerdict } from '../../../core/scanning/udp/udp-target.ts';
import { UdpHost } from '../../../fargate-scanner/engines/udp/udp-host.ts';
import { keyOf } from '../../../fargate-scanner/engines/udp/udp-socket.ts';

const OURS = 50_000;
const NO_ANSWER = Buffer.from('what is this?');

/** A host of which every port was asked at 0 ms; `told`: what became of its ports by the time limit, or at once when it answered. */
function aHost(ports: string) {
  const verdicts: UdpVerdict[] = [];
  const scanned = { address: '192.0.2.9', ports: PortSet.parse(ports), rate: null };
  const options = { tries: 1, timeoutMs: 1_000, seed: 1, settle: (verdict: UdpVerdict) => void verdicts.push(verdict) };
  const host: UdpHost = new UdpHost(scanned, [1, 2], null, options);
  const asked = new Map<number, Uint8Array>();
  for (let [index] = host.target.next(0, 1); index !== undefined; [index] = host.target.next(0, 1)) {
    asked.set(host.ports[index] ?? 0, host.requestTo(index));
  }
  const told = (): Record<number, string> => {
    host.target.expire(1_000, false);
    return Object.fromEntries(verdicts.map(({ index, state, reason }) => [host.ports[index], `${state} ${reason}`]));
  };
  const requestTo = (port: number): Buffer => Buffer.from(asked.get(port) ?? []);
  return { host, told, requestTo, hear: (port: number, bytes: Uint8Array) => host.heard(port, OURS, bytes, 10) };
}

/** The question of DNS with the mark of an answer. */
function dnsAnswer(question: Buffer): Buffer {
  const answer = Buffer.from(question);
  answer[2] = 0x84;
  return answer;
}

it('takes a right answer for an open port', () => {
  const { hear, told, requestTo } = aHost('53,123');
  hear(53, dnsAnswer(requestTo(53)));
  expect(told()).toEqual({ 53: 'open answered', 123: 'filtered no-answer' });
});

it('takes anything from a port without a protocol for an answer, and nothing from a port that was not asked', () => {
  const { hear, told } = aHost('7,9');
  hear(7, NO_ANSWER);
  hear(8, NO_ANSWER);
  expect(told()).toEqual({ 7: 'open answered', 9: 'filtered no-answer' });
});

it('does not know what to make of a strange answer, of an answer to another host, and of its own question', () => {
  const { hear, told, requestTo } = aHost('53,123,161,3478');
  const forged = dnsAnswer(requestTo(53));
  forged.writeUInt16BE(forged.readUInt16BE(0) ^ 1, 0);
  hear(53, forged);
  hear(123, NO_ANSWER);
  hear(161, requestTo(161));
  expect(told()).toEqual({
    53: 'unknown unexpected-answer',
    123: 'unknown unexpected-answer',
    161: 'unknown unexpected-answer',
    3478: 'filtered no-answer',
  });
});

it('believes a right answer that comes after a forged one', () => {
  const { hear, told, requestTo } = aHost('53');
  hear(53, NO_ANSWER);
  hear(53, dnsAnswer(requestTo(53)));
  expect(told()).toEqual({ 53: 'open answered' });
});

it('takes the right answer from a wrong port for neither: not even where that port was asked too', () => {
  const { hear, told, requestTo } = aHost('53,1053');
  hear(1_053, dnsAnswer(requestTo(53)));
  expect(told()).toEqual({ 53: 'unknown unexpected-answer', 1053: 'filtered no-answer' });
});

it('hears TFTP from whichever port the server chose, one that was asked included', () => {
  const error = Buffer.from('000500014e6f2066696c6500', 'hex');
  for (const from of [40_000, 40_001, 69]) {
    const { hear, told } = aHost('69,40000');
    hear(from, error);
    expect(told()).toEqual({ 69: 'open answered', 40_000: 'filtered no-answer' });
  }
});

it('takes the word that a port is closed from the host alone: another machine only does not let in', () => {
  const { host, told } = aHost('53,123,161');
  const closed = { state: 'closed', reason: 'icmp-port-unreachable' } as const;
  host.refused(53, closed, keyOf(Uint8Array.of(192, 0, 2, 9)), 10);
  host.refused(123, closed, keyOf(Uint8Array.of(198, 51, 100, 1)), 10);
  host.refused(7, closed, keyOf(Uint8Array.of(192, 0, 2, 9)), 10);
  host.refused(0, closed, keyOf(Uint8Array.of(192, 0, 2, 9)), 10);
  expect(told()).toMatchObject({ 53: 'closed icmp-port-unreachable', 123: 'filtered icmp-port-unreachable' });
});

it('takes the first of many equal answers, and none of what comes from port 0', () => {
  const { hear, told, requestTo } = aHost('53,123');
  const answer = dnsAnswer(requestTo(53));
  for (let i = 0; i < 3; i += 1) hear(53, answer);
  hear(0, NO_ANSWER);
  expect(told()).toEqual({ 53: 'open answered', 123: 'filtered no-answer' });
});

it('cannot tell the port that it asks from', () => {
  const { hear, told } = aHost(`9,${OURS}`);
  hear(OURS, new Uint8Array(0));
  expect(told()).toEqual({ 9: 'filtered no-answer', [OURS]: 'unknown self-connect' });
});

it('survives any datagram from any port, and calls nothing open that has a token to repeat', () => {
  const repeating = '53,111,123,137,161,389,443,500,623,1194,1701,2049,3478,3702,4500,5060,5353,5683,11211';
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(111, 161, 443, 500, 3_478, 5_060, 69, 65_535), fc.uint8Array({ maxLength: 80 })),
      ),
      (datagrams) => {
        const { hear, told } = aHost(repeating);
        for (const [port, bytes] of datagrams) hear(port, bytes);
        expect(Object.values(told()).filter((one) => one.startsWith('open'))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});
