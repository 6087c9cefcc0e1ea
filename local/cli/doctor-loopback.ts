import { type Address, parseAddress } from '../../core/net/address.ts';
import { PortSet } from '../../core/net/port-set.ts';
import type { Engine, Observation } from '../../fargate-scanner/engines/engine.ts';
import { ownAddresses } from '../../fargate-scanner/engines/own-addresses.ts';

const LOOPBACK = { 4: parseAddress('127.0.0.1'), 6: parseAddress('::1') } as const;
export const FAMILIES = [4, 6] as const;
export type Family = (typeof FAMILIES)[number];

const [TRIES, TIMEOUT_MS, RATE] = [3, 300, 1_000];

/** This machine as seen from itself; null: that interface is down, or has no address of the family. */
export function loopbackOf(family: Family): Address | null {
  const wanted = LOOPBACK[family];
  return ownAddresses().has(wanted) ? wanted : null;
}

export const LOOPBACK_DOWN = ['not tried: the loopback interface is down', 'bring it up: ip link set lo up'] as const;

/** What the engine says of ports of this machine. `stopped`: why it gave up; null: it did not. */
export async function scanLoopback(
  engine: Engine,
  address: Address,
  ports: readonly number[],
): Promise<{ states: ReadonlyMap<number, Observation['state']>; stopped: string | null }> {
  const targets = [{ address, ports: PortSet.from(ports), rate: null }];
  const job = { targets, tries: TRIES, timeoutMs: TIMEOUT_MS, rate: RATE, shared: null, seed: 1 };
  const states = new Map<number, Observation['state']>();
  let stopped: string | null = null;
  for await (const event of engine.scan(job, new AbortController().signal)) {
    if (event.kind === 'stopped') stopped = event.reason;
    if (event.kind !== 'observations') continue;
    for (const { state, ports: seen } of event.observations) for (const port of seen) states.set(port, state);
  }
  return { states, stopped };
}

/** `IPv4 and IPv6`; empty for none. */
export const familiesText = (families: readonly Family[]): string =>
  families.map((family) => `IPv${family}`).join(' and ');
