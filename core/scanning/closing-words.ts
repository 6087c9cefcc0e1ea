import type { AddressResult } from '../fingerprints/shard-result.ts';
import type { Address } from '../net/address.ts';
import { counted, grouped } from '../text/counts.ts';

/** An address that an engine gave up, and its reason. */
export interface Stopped {
  readonly address: Address;
  readonly reason: string;
}

/** What reasons of engines mean, for people; others stand for themselves. */
const MEANINGS: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'no machine answers for the address, or a router says that there is no way to it',
  EHOSTDOWN: 'no machine answers for the address',
  ENETUNREACH: 'there is no way to the network',
  ENETDOWN: 'the network interface is down, or nothing is at the other end of its cable',
  EADDRNOTAVAIL: 'there is no address, or no free port, to send from',
  EMFILE: 'this process ran out of file descriptors',
  ENFILE: 'this machine ran out of file descriptors',
  ENOBUFS: 'this machine ran out of memory for packets',
  ENOMEM: 'this machine ran out of memory for sockets',
  'self-connect': 'only connections of our own answered there',
  EPERM: 'this machine forbids the packets',
  EACCES: 'a firewall on the way or this machine forbids the packets',
  ENOPROTOOPT: 'a firewall or a router refuses the packets',
  ENONET: 'a router says that there is no way to it',
  'receive-drops': 'this machine could not keep all answers, so that silence says nothing',
  'neighbours-full':
    'this machine knew too many neighbours at once and dropped packets to more of them (raise net.ipv4.neigh.default.gc_thresh3)',
  'icmp-rate-limited':
    'the host sends few ICMP errors, so that its closed and its silent UDP ports could not be told apart in time',
  'unexpected-answer': 'something answered, but not to what was asked',
  'not-reported-by-nmap': 'nmap ended without a word about them',
  'event-loop-lag': 'this machine was too late to hear the answers',
};

const EVERYTHING_OPEN = /^everything-open: (\d+) of (\d+) ports$/;

/** What is not a port's state but must be known about a scan, as sentences without full stop: what was given up, and why. */
export function stoppedSentences(stopped: readonly Stopped[]): string[] {
  // Answers that were under way when an address was left alone make a better count.
  const open = new Map(stopped.flatMap(({ address, reason }) => decoy(address, EVERYTHING_OPEN.exec(reason))));
  const others = Map.groupBy(
    stopped.filter(({ reason }) => !EVERYTHING_OPEN.test(reason)),
    ({ reason }) => reason,
  );
  const given = [...others].map(([reason, some]) => {
    const addresses = [...new Set(some.map(({ address }) => address))];
    return `${named(addresses)} ${addresses.length === 1 ? 'was' : 'were'} given up: ${meaningOf(reason)}`;
  });
  return [...open.values(), ...given];
}

function decoy(address: Address, match: RegExpExecArray | null): [Address, string][] {
  if (match === null) return [];
  return [
    [address, `${address} answers on nearly every port (${match[1]} of the first ${match[2]}) and was left alone`],
  ];
}

/** The same about ports whose state could not be found out. */
export function unknownSentences(results: readonly AddressResult[]): string[] {
  const reasons = new Map<string, { ports: number; addresses: Address[] }>();
  for (const { address, unknownReasons } of results) {
    for (const [reason, count] of Object.entries(unknownReasons)) {
      const known = reasons.get(reason) ?? { ports: 0, addresses: [] };
      reasons.set(reason, { ports: known.ports + count, addresses: [...known.addresses, address] });
    }
  }
  return [...reasons].map(([reason, { ports, addresses }]) => {
    const what = counted(ports, 'port');
    return `the state of ${what} of ${named(addresses)} is not known: ${meaningOf(reason)}`;
  });
}

/** The same about answers that an engine did not take for any. */
export function ignoredSentences(ignored: number): string[] {
  if (ignored === 0) return [];
  const what = ignored === 1 ? '1 answer does' : `${grouped(ignored)} answers do`;
  return [`${what} not fit what was sent and counted for nothing: somebody guesses, or they are late`];
}

function meaningOf(reason: string): string {
  const crash = /^(?:worker|thread)-crashed: (.*)$/s.exec(reason)?.[1];
  if (crash !== undefined) return `the thread that scans ended (${crash})`;
  const code = /\b(?:EPERM|EACCES)\b/.exec(reason)?.[0] ?? reason;
  const meaning = MEANINGS[code];
  return meaning === undefined ? reason : `${meaning} (${reason})`;
}

function named(addresses: readonly Address[]): string {
  const [first = 'nobody'] = addresses;
  if (addresses.length === 1) return first;
  return addresses.length === 2
    ? `${first} and ${addresses[1]}`
    : `${first} and ${addresses.length - 1} other addresses`;
}
