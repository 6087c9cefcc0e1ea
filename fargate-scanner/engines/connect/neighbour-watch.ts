import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Address, isIPv6 } from '../../../core/net/address.ts';

const CHECK_MS = 100;
/** The kernel keeps one table for all network namespaces, and counts in the first one only, which is that of process 1 where that can be seen. */
const FOLDERS = ['/proc/net/stat', '/proc/1/net/stat'];
const TABLES = ['arp_cache', 'ndisc_cache'];
/** Errors of a file that is not to be seen from here; with others it may be seen later. */
const HIDDEN: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);

/** Where it looks. Both throw when they cannot look now, as without a free file descriptor. */
export interface NeighbourFacts {
  /** How often the table was full since the machine started. */
  timesFull(): number;
  /** Of each address whether it is on a link of this machine, and not its own. */
  onLink(addresses: readonly Address[]): readonly boolean[];
}

const KERNEL: NeighbourFacts = { timesFull, onLink };

/**
 * Notices that the kernel had no room for another neighbour (net.ipv4.neigh.default.gc_thresh3, 1,024 as it comes): it then drops packets to
 * addresses on its links, and a connection hears nothing of it. Linux; elsewhere, and where the counters cannot be read, it notices nothing.
 */
export class NeighbourWatch {
  readonly #addresses: readonly Address[];
  readonly #facts: NeighbourFacts;
  /** Null: it could not be read yet. */
  #seen: number | null = null;
  #checkAt: number;
  #fullAt = -Infinity;
  /** Of each target whether it is on a link of this machine; null: nobody has asked yet. */
  #onLink: readonly boolean[] | null = null;

  /** `addresses`: of the targets. */
  constructor(addresses: readonly Address[], now: number, facts: NeighbourFacts = KERNEL) {
    this.#addresses = addresses;
    this.#facts = facts;
    this.#checkAt = now;
    this.tick(now);
  }

  /** Whether packets to a target may have been lost by it since the last time; looks every 100 ms. */
  tick(now: number): boolean {
    if (now < this.#checkAt) return false;
    this.#checkAt = now + CHECK_MS;
    try {
      return this.#look(now);
    } catch {
      // The next look finds what this one could not.
      return false;
    }
  }

  #look(now: number): boolean {
    const times = this.#facts.timesFull();
    if (this.#seen !== null && this.#seen !== times) {
      this.#onLink ??= this.#facts.onLink(this.#addresses);
      if (this.#onLink.includes(true)) this.#fullAt = now;
    }
    this.#seen = times;
    return this.#fullAt === now;
  }

  /** Whether the silence of a probe that left then says nothing. */
  voids(target: number, startedAt: number): boolean {
    return startedAt <= this.#fullAt && this.#onLink?.[target] === true;
  }
}

function onLink(addresses: readonly Address[]): boolean[] {
  const links = new BlockList();
  const own = new Set<Address>();
  for (const { internal, address, cidr } of Object.values(networkInterfaces()).flatMap((list) => list ?? [])) {
    if (internal || cidr === null) continue;
    own.add(address);
    links.addSubnet(address, Number(cidr.slice(cidr.indexOf('/') + 1)), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return addresses.map((address) => !own.has(address) && links.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'));
}

function timesFull(): number {
  return TABLES.reduce((sum, table) => sum + timesFullIn(textOf(table)), 0);
}

/** The column `table_fulls` of `/proc/net/stat/arp_cache`: hexadecimal, a line for each processor. */
export function timesFullIn(text: string): number {
  const [head = '', ...lines] = text.trim().split('\n');
  const column = head.trim().split(/\s+/).indexOf('table_fulls');
  if (column === -1) return 0;
  return lines.reduce((sum, line) => sum + Number.parseInt(line.trim().split(/\s+/)[column] ?? '0', 16), 0);
}

function textOf(table: string): string {
  for (const folder of FOLDERS) {
    try {
      return readFileSync(`${folder}/${table}`, 'utf8');
    } catch (error) {
      // The next one, or nothing is known.
      if (!HIDDEN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return '';
}
