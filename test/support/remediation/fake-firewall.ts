import type { Admission } from '../../../core/findings/finding.ts';
import { endpoint, parseEndpoint } from '../../../core/net/address.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Protocol } from '../../../core/net/protocol.ts';
import type { Capability } from '../../../core/ports/firewall.ts';
import type { PortCloser } from '../../../core/ports/port-closer.ts';
import type { FirewallState, FirewallStep } from '../../../core/remediation/closed-ports/firewall-step.ts';

const TARGET = 'nftables:inet portcullis';

/** A firewall in memory that can be made to fail in every way a real one does. */
export class FakeFirewall implements PortCloser {
  readonly target = TARGET;
  readonly sessions = { tcp: 'Open connections are cut.', udp: 'Exchanges are cut.' };
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

  async read(address: string, protocol: Protocol): Promise<FirewallState> {
    const states = await this.readAll();
    const found = states.find((state) => state.address === address && state.protocol === protocol);
    return found ?? { target: TARGET, address, protocol, closed: '' };
  }

  async readAll(): Promise<FirewallState[]> {
    if (this.unreadable !== null) throw this.unreadable;
    const all = [...this.closed].map(parseEndpoint);
    const places = Map.groupBy(all, ({ address, protocol }) => `${protocol} ${address}`);
    return [...places.values()].flatMap((some) => {
      const [{ address, protocol }] = some as [(typeof some)[number]];
      const closed = PortSet.from(some.map(({ port }) => port ?? 0)).toString();
      return { target: TARGET, address, protocol, closed };
    });
  }

  async admissions(address: string, port: number, protocol: Protocol): Promise<Admission[]> {
    if (this.unreadable !== null) throw this.unreadable;
    return this.closed.has(endpoint(address, port, protocol)) ? [] : this.rules;
  }

  async capability(): Promise<Capability> {
    return this.able;
  }

  async apply(steps: readonly FirewallStep[]): Promise<void> {
    if (this.failBefore !== null) throw this.failBefore;
    for (const step of steps) {
      this.applied.push(step);
      const text = endpoint(step.address, step.port, step.protocol);
      if (step.op === 'close-port') this.closed.add(text);
      else this.closed.delete(text);
    }
    this.meanwhile();
    if (this.failAfter !== null) throw this.failAfter;
  }

  commandsFor(steps: readonly FirewallStep[]): string[] {
    return steps.map(({ op, address, port, protocol }) => `${op} ${endpoint(address, port, protocol)}`);
  }
}
