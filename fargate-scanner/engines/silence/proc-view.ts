import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Address, isIPv6 } from '../../../core/net/address.ts';
import { bytesOf } from '../../../core/net/address-number.ts';
import { hopStateIn, wayIn } from '../../../core/scanning/proc-ways.ts';
import { type HopState, type WayThere, wayBy } from '../../../core/scanning/way-there.ts';
import type { LocalView } from './local-view.ts';

/** How long what was read holds (ms). */
const READ_MS = 100;
const NO_MAC = '00:00:00:00:00:00';

type Interfaces = ReturnType<typeof networkInterfaces>;

interface Read {
  readonly at: number;
  readonly routes: string;
  readonly neighbours: string;
  readonly interfaces: Interfaces;
}

/** Where it looks. `read`: null where there is no such file. */
export interface ProcFacts {
  read(path: string): string | null;
  /** Those that are up and have a carrier, as far as they have addresses. */
  interfaces(): Interfaces;
}

const MACHINE: ProcFacts = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
  interfaces: () => networkInterfaces(),
};

/**
 * Reads /proc, where the C library cannot be called: of IPv4 what `KernelView` knows, but for other routing tables than the main one; of IPv6 nothing. A moment without carrier
 * is noticed only while it lasts.
 */
export class ProcView implements LocalView {
  readonly #facts: ProcFacts;
  #read: Read = { at: -Infinity, routes: '', neighbours: '', interfaces: {} };
  /** Interfaces that were down once. */
  readonly #down = new Set<string>();

  constructor(facts: ProcFacts = MACHINE) {
    this.#facts = facts;
  }

  look(address: Address, asked: boolean, now: number): WayThere {
    if (isIPv6(address) || address.startsWith('127.')) return { kind: 'reached' };
    const { routes, neighbours, interfaces } = this.#readNow(now);
    const own = Object.values(interfaces).flatMap((list) => list ?? []);
    if (own.some((one) => one.address === address)) return { kind: 'reached' };
    const way = wayIn(routes, bytesOf(address));
    if (way === null) return { kind: 'failed', reason: 'ENETUNREACH' };
    const { link, router } = way;
    const here = interfaces[link] ?? [];
    if (here.length === 0 && this.#facts.read(`/sys/class/net/${link}/carrier`)?.trim() !== '1') this.#down.add(link);
    if (this.#down.has(link)) return { kind: 'failed', reason: 'ENETDOWN' };
    if (!own.some(({ internal, family }) => !internal && family === 'IPv4')) {
      return { kind: 'failed', reason: 'EADDRNOTAVAIL' };
    }
    if (
      router === null &&
      here.some(({ address: mine, netmask, family }) => family === 'IPv4' && isLast(address, mine, netmask))
    ) {
      return { kind: 'broadcast' };
    }
    if (here.every(({ mac }) => mac === NO_MAC)) return { kind: 'reached' };
    const state: HopState = hopStateIn(neighbours, router ?? address, link);
    return wayBy(router !== null, state, asked);
  }

  #readNow(now: number): Read {
    if (now - this.#read.at < READ_MS) return this.#read;
    const routes = this.#facts.read('/proc/net/route');
    if (routes === null) throw new Error('there is no /proc/net/route');
    const neighbours = this.#facts.read('/proc/net/arp') ?? '';
    this.#read = { at: now, routes, neighbours, interfaces: this.#facts.interfaces() };
    return this.#read;
  }

  close(): void {
    // Nothing is kept open.
  }
}

/** Whether an address is the last of the network of `mine`, which has more than two: its broadcast address. */
function isLast(address: Address, mine: string, netmask: string): boolean {
  const [all, own, mask] = [bytesOf(address), bytesOf(mine), bytesOf(netmask)];
  if ((mask[3] ?? 0) >= 254) return false;
  return all.every((byte, i) => byte === ((own[i] ?? 0) | (~(mask[i] ?? 0) & 255)));
}
