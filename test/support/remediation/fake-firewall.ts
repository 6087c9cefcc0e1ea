import type { Admission } from '../../../core/findings/finding.ts';
import { endpoint } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Capability } from '../../../core/ports/firewall.ts';
import type { PortCloser } from '../../../core/ports/port-closer.ts';
import type { FirewallState, FirewallStep } from '../../../core/remediation/closed-ports/firewall-step.ts';

const TARGET = 'nftables:inet portcullis';

/** A firewall in memory that can be made to fail in every way a real one does. */
export class FakeFirewall implements PortCloser {
  readonly target = TARGET;
  readonly sessions = 'Open connections are cut.';
  readonly closed = new Set<string>();
  readonly applied: FirewallStep[] = [];
  able: Capability = { able: true };
  unreadable: Error | null = null;
  /** Thrown by `apply` before or after it made the change. */
  failBefore: Error | null = null;
  failAfter: Error | null = null;
  /** Runs inside `apply`, after the change: what somebody else does meanwhile. */
  meanwhile: () => void = () => undefined;
  rules: Admission[] = [{ ruleId: 'host:default', source: '0.0.0.0/0', breadth: 'internet', byDefault: true }];

  async read(address: string): Promise<FirewallState> {
    const states = await this.readAll();
    return states.find((state) => state.address === address) ?? this.#state(address, []);
  }

  async readAll(): Promise<FirewallState[]> {
    if (this.unreadable !== null) throw this.unreadable;
    const ports = new Map<string, number[]>();
    for (const text of this.closed) {
      const at = text.lastIndexOf(':');
      const address = text.slice(0, at).replaceAll(/[[\]]/g, '');
      ports.set(address, [...(ports.get(address) ?? []), Number(text.slice(at + 1))]);
    }
    return [...ports].map(([address, list]) => this.#state(address, list));
  }

  async admissions(address: string, port: number): Promise<Admission[]> {
    if (this.unreadable !== null) throw this.unreadable;
    return this.closed.has(endpoint(address, port)) ? [] : this.rules;
  }

  async capability(): Promise<Capability> {
    return this.able;
  }

  async apply(steps: readonly FirewallStep[]): Promise<void> {
    if (this.failBefore !== null) throw this.failBefore;
    for (const step of steps) {
      this.applied.push(step);
      const text = endpoint(step.address, step.port);
      if (step.op === 'close-port') this.closed.add(text);
      else this.closed.delete(text);
    }
    this.meanwhile();
    if (this.failAfter !== null) throw this.failAfter;
  }

  commandsFor(steps: readonly FirewallStep[]): string[] {
    return steps.map(({ op, address, port }) => `${op} ${endpoint(address, port)}`);
  }

  #state(address: string, ports: readonly number[]): FirewallState {
    return { target: TARGET, address, protocol: 'tcp', closed: PortSet.from(ports).toString() };
  }
}
