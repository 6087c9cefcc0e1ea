import type { Admission } from '../findings/finding.ts';
import type { FirewallState, FirewallStep } from '../remediation/plan.ts';

export interface FirewallReader {
  /** The firewall object that would be changed for this address. */
  readonly target: string;
  /** A fresh read. @throws when the firewall cannot be read: never an empty answer in its place. */
  read(address: string): Promise<FirewallState>;
  /** A fresh read of everything this object closes, by address. */
  readAll(): Promise<FirewallState[]>;
  /** Rules that let the port in; empty when the firewall closes it. */
  admissions(address: string, port: number): Promise<Admission[]>;
}

export type Capability = { able: true } | { able: false; reason: string };

export interface FirewallChanger {
  /** What a closure does to connections that are open at that moment, one sentence. */
  readonly sessions: string;
  /** Can this process change the firewall now? */
  capability(): Promise<Capability>;
  /** Applies the steps atomically. Success is not the return: read again. */
  apply(steps: readonly FirewallStep[]): Promise<void>;
  /** The same steps as commands a person can run as root. */
  commandsFor(steps: readonly FirewallStep[]): string[];
}

export type Firewall = FirewallReader & FirewallChanger;

/** What must never be cut, whatever was approved. */
export interface Protection {
  /** Why closing this port is refused, or null. */
  reasonToKeep(address: string, port: number): Promise<string | null>;
}
