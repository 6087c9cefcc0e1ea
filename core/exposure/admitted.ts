import * as z from 'zod';
import { hashOf } from '../identity.ts';
import { Breadth, BREADTHS, compareBreadth } from '../net/breadth.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';

/** Ports of one protocol that one width of public sources is let in to. */
export const AdmittedPorts = z.object({
  protocol: z.string(),
  /** Port set text. */
  ports: z.string(),
  breadth: Breadth,
});
export type AdmittedPorts = z.infer<typeof AdmittedPorts>;

/** The last time more was let in than before, and when each step of noticing it happened. */
export const Gain = z.object({
  /** The event that told of it; null: nobody told, the inventory found it. */
  eventId: z.string().nullable(),
  /** When the rule changed; when the inventory was read, without an event. */
  at: z.string(),
  receivedAt: z.string(),
  evaluatedAt: z.string(),
  /** Found by the inventory: the event was lost. */
  late: z.boolean(),
  /** TCP ports gained, as port set text. */
  ports: z.string(),
  /** The same of UDP; absent when there are none. */
  udpPorts: z.string().optional(),
});
export type Gain = z.infer<typeof Gain>;

/** What firewall rules let in from public sources at one address, at one moment. */
export const Admitted = z.object({
  address: z.string(),
  version: z.number().int(),
  account: z.string(),
  region: z.string(),
  interfaceId: z.string().nullable(),
  /** Security groups on the interface. */
  groupIds: z.array(z.string()),
  /** Each port of a protocol once, with the widest source; in one canonical order. */
  pairs: z.array(AdmittedPorts),
  /** Of `pairs`. */
  hash: z.string(),
  /** When the network was read that this follows from. */
  at: z.string(),
  gain: Gain.nullable(),
});
export type Admitted = z.infer<typeof Admitted>;

/** Ports that one width of sources is let in to. */
interface Pair {
  readonly protocol: string;
  readonly ports: PortSet;
  readonly breadth: Breadth;
}

/** Narrower ones are this machine, private networks, groups and services of AWS: not the internet. */
const NARROWEST_PUBLIC: Breadth = 'single';

/** The public part, each port of a protocol once with its widest source. Equal meaning gives equal text. */
export function canonicalPairs(pairs: Iterable<Pair>): AdmittedPorts[] {
  const byProtocol = Map.groupBy(
    [...pairs].filter(({ breadth }) => compareBreadth(breadth, NARROWEST_PUBLIC) >= 0),
    ({ protocol }) => protocol,
  );
  const result: AdmittedPorts[] = [];
  for (const [protocol, some] of [...byProtocol].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let wider = PortSet.EMPTY;
    for (const breadth of [...BREADTHS].reverse()) {
      const ports = unionOf(some.filter((pair) => pair.breadth === breadth)).subtract(wider);
      if (ports.isEmpty) continue;
      result.push({ protocol, ports: ports.toString(), breadth });
      wider = wider.union(ports);
    }
  }
  return result;
}

export function hashOfPairs(pairs: readonly AdmittedPorts[]): string {
  return hashOf(pairs);
}

/** Ports of the protocol that are let in from some public source. */
export function admittedOf(protocol: Protocol, pairs: readonly AdmittedPorts[]): PortSet {
  return unionOf(parsed(pairs.filter((pair) => pair.protocol === protocol)));
}

/** Ports that `after` lets in from wider than `before` does: newly, or from more of the internet. Lost ones: the other way round. */
export function gainedOf(
  protocol: Protocol,
  before: readonly AdmittedPorts[],
  after: readonly AdmittedPorts[],
): PortSet {
  const known = parsed(before.filter((pair) => pair.protocol === protocol));
  let gained = PortSet.EMPTY;
  for (const { ports, breadth } of parsed(after.filter((pair) => pair.protocol === protocol))) {
    const asWide = unionOf(known.filter((pair) => compareBreadth(pair.breadth, breadth) >= 0));
    gained = gained.union(ports.subtract(asWide));
  }
  return gained;
}

function parsed(pairs: readonly AdmittedPorts[]): Pair[] {
  return pairs.map((pair) => ({ ...pair, ports: PortSet.parse(pair.ports) }));
}

function unionOf(pairs: readonly Pair[]): PortSet {
  return pairs.reduce((set, { ports }) => set.union(ports), PortSet.EMPTY);
}
