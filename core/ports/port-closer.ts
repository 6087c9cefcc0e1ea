import type { Admission } from '../findings/finding.ts';
import type { Protocol } from '../net/protocol.ts';
import type { FirewallState, FirewallStep } from '../remediation/closed-ports/firewall-step.ts';
import type { Capability } from './firewall.ts';

/** A firewall object that closes single ports of single addresses in one atomic step, such as a table of nftables. */
export interface PortCloser {
  /** The firewall object that is changed, such as `nftables:inet portcullis`. */
  readonly target: string;
  /** What a closure does to connections, or exchanges of UDP, that are open at that moment, one sentence. */
  readonly sessions: Readonly<Record<Protocol, string>>;
  /** A fresh read. @throws when the firewall cannot be read: never an empty answer in its place. */
  read(address: string, protocol: Protocol): Promise<FirewallState>;
  /** A fresh read of everything this object closes, by address and protocol. */
  readAll(): Promise<FirewallState[]>;
  /** Rules that let the port in; empty when the firewall closes it. */
  admissions(address: string, port: number, protocol: Protocol): Promise<Admission[]>;
  /** Can this process change the firewall now? */
  capability(): Promise<Capability>;
  /** Applies the steps atomically. Success is not the return: read again. */
  apply(steps: readonly FirewallStep[]): Promise<void>;
  /** The same steps as commands a person can run as root. */
  commandsFor(steps: readonly FirewallStep[]): string[];
}
