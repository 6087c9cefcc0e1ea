import type { Admission } from '../../../core/findings/finding.ts';
import { isIPv6, parseAddress, scopeOf } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Protocol } from '../../../core/net/protocol.ts';
import type { Capability } from '../../../core/ports/firewall.ts';
import type { PortCloser } from '../../../core/ports/port-closer.ts';
import type { FirewallState, FirewallStep } from '../../../core/remediation/closed-ports/firewall-step.ts';
import { hasTable, parseTable, TARGET } from './parse-table.ts';
import { commands, FAMILY, TABLE, transaction } from './ruleset.ts';
import { NftFailed, runNft } from './run-nft.ts';

export interface NftablesOptions {
  /** How nft is started, for a private network namespace: `['ip', 'netns', 'exec', NAME, 'nft']`. Default `['nft']`. */
  command?: readonly string[];
}

/** How long one reading serves `admissions`, milliseconds: a batch of results asks for many ports at once. */
const ADMISSIONS_FRESH_MS = 1_000;

/**
 * This host's nftables: own table `inet portcullis`, one set element for each closed (address, protocol, port).
 * It sees packets for this host (hook `input`), not those that it forwards, such as ports published by containers.
 */
export class NftablesFirewall implements PortCloser {
  readonly target = TARGET;
  readonly sessions = {
    tcp: 'Connections to this port that are open now are cut at their next packet; all others go on.',
    udp: 'Exchanges with this port that are under way are cut at their next packet; all others go on.',
  };
  readonly #command: readonly string[];
  #recent: { at: number; states: Promise<FirewallState[]> } | null = null;

  constructor(options: NftablesOptions = {}) {
    this.#command = options.command ?? ['nft'];
  }

  async read(address: string, protocol: Protocol): Promise<FirewallState> {
    return stateOf(await this.readAll(), address, protocol);
  }

  /** @throws NftFailed, or Error for a table that does not do what it lists. No table: nothing is closed. */
  async readAll(): Promise<FirewallState[]> {
    // Asked by listing, not by the text of an error: "no such table" and "cannot be read" must never look alike.
    if (!hasTable(await this.#nft(['-j', 'list', 'tables']))) return [];
    return parseTable(await this.#nft(['-j', '-n', 'list', 'table', FAMILY, TABLE]));
  }

  /**
   * None when our table closes the port. Otherwise one, the host's own default, as wide as the address can be reached.
   * Other tables are not read: a port that answers is open whatever they say. At most one second old.
   */
  async admissions(address: string, port: number, protocol: Protocol): Promise<Admission[]> {
    const now = performance.now();
    if (this.#recent === null || now - this.#recent.at > ADMISSIONS_FRESH_MS) {
      const recent = { at: now, states: this.readAll() };
      this.#recent = recent;
      recent.states.catch(() => {
        if (this.#recent === recent) this.#recent = null;
      });
    }
    const { closed } = stateOf(await this.#recent.states, address, protocol);
    return PortSet.parse(closed).has(port) ? [] : [defaultAdmission(address)];
  }

  /** Tries the transaction that makes the table, without committing it. */
  async capability(): Promise<Capability> {
    try {
      await this.#nft(['-c', '-j', transaction([])]);
      return { able: true };
    } catch (error) {
      if (error instanceof NftFailed) return { able: false, reason: reasonOf(error) };
      throw error;
    }
  }

  async apply(steps: readonly FirewallStep[]): Promise<void> {
    try {
      await this.#nft(['-j', transaction(steps.map(checked))]);
    } finally {
      this.#recent = null;
    }
  }

  commandsFor(steps: readonly FirewallStep[]): string[] {
    return commands(steps.map(checked));
  }

  #nft(args: readonly string[]): Promise<string> {
    return runNft(this.#command, args);
  }
}

export function defaultAdmission(address: string): Admission {
  return {
    ruleId: 'host:default',
    source: isIPv6(address) ? '::/0' : '0.0.0.0/0',
    breadth: scopeOf(address),
    byDefault: true,
  };
}

function stateOf(states: readonly FirewallState[], address: string, protocol: Protocol): FirewallState {
  const found = states.find((state) => state.address === address && state.protocol === protocol);
  return found ?? { target: TARGET, address, protocol, closed: '' };
}

/** The address becomes part of a command line for a person: only its canonical text does. */
function checked(step: FirewallStep): FirewallStep {
  if (!Number.isInteger(step.port) || step.port < 1 || step.port > 65_535) throw new RangeError(`port ${step.port}`);
  return { ...step, address: parseAddress(step.address) };
}

function reasonOf(error: NftFailed): string {
  switch (error.kind) {
    case 'absent':
      return 'nft is not installed: install the package nftables to let Portcullis change this host';
    case 'denied':
      return 'this process may not change nftables: start it as root, or give it CAP_NET_ADMIN';
    case 'failed':
      return `nftables does not work here (${error.message}): "nft list tables" as root shows why`;
    default:
      throw error;
  }
}
