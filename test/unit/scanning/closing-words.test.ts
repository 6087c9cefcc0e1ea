import { expect, it } from 'vitest';
import { ignoredSentences, stoppedSentences, unknownSentences } from '../../../core/scanning/closing-words.ts';
import { anAddressResult } from '../../builders/shard-result.ts';

const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

it('says of an address that answers everywhere how often it did', () => {
  const stopped = [
    { address: A, reason: 'everything-open: 51 of 181 ports' },
    { address: B, reason: 'everything-open: 60 of 60 ports' },
    { address: A, reason: 'everything-open: 99 of 181 ports' },
  ];
  expect(stoppedSentences(stopped)).toEqual([
    '192.0.2.1 answers on nearly every port (99 of the first 181) and was left alone',
    '192.0.2.2 answers on nearly every port (60 of the first 60) and was left alone',
  ]);
});

it('says once what happened to many addresses, and what it means', () => {
  const stopped = (reason: string, ...addresses: string[]) =>
    stoppedSentences(addresses.map((address) => ({ address, reason })));
  expect(stopped('worker-crashed: out of memory', A, B, C)).toEqual([
    '192.0.2.1 and 2 other addresses were given up: the thread that scans ended (out of memory)',
  ]);
  expect(stopped('thread-crashed: out of memory', A)).toEqual([
    '192.0.2.1 was given up: the thread that scans ended (out of memory)',
  ]);
  expect(stopped('socket(AF_PACKET): EPERM', A, B)).toEqual([
    '192.0.2.1 and 192.0.2.2 were given up: this machine forbids the packets (socket(AF_PACKET): EPERM)',
  ]);
  expect(stopped('something new', A, A)).toEqual(['192.0.2.1 was given up: something new']);
});

it('says why ports are not known, a sentence for each reason', () => {
  const result = (address: string, unknownReasons: Record<string, number>) =>
    anAddressResult({ address, unknownReasons });
  expect(unknownSentences([result(A, { ENETDOWN: 20, odd: 1 }), result(B, { ENETDOWN: 5 }), result(C, {})])).toEqual([
    'the state of 25 ports of 192.0.2.1 and 192.0.2.2 is not known: the network interface is down, or nothing is at the other end of its cable (ENETDOWN)',
    'the state of 1 port of 192.0.2.1 is not known: odd',
  ]);
  expect(unknownSentences([result(A, { 'icmp-rate-limited': 9 })])).toEqual([
    'the state of 9 ports of 192.0.2.1 is not known: the host sends few ICMP errors, so that its closed and its silent UDP ports could not be told apart in time (icmp-rate-limited)',
  ]);
  expect(unknownSentences([result(A, { EADDRNOTAVAIL: 2 })])).toEqual([
    'the state of 2 ports of 192.0.2.1 is not known: there is no address, or no free port, to send from (EADDRNOTAVAIL)',
  ]);
});

it('says how many answers were none', () => {
  expect(ignoredSentences(0)).toEqual([]);
  expect(ignoredSentences(40)).toEqual([
    '40 answers do not fit what was sent and counted for nothing: somebody guesses, or they are late',
  ]);
});
