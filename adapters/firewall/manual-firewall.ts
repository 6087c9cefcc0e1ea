import type { Admission } from '../../core/findings/finding.ts';
import { Refused } from '../../core/errors.ts';
import type { Protocol } from '../../core/net/protocol.ts';
import type { Capability } from '../../core/ports/firewall.ts';
import type { PortCloser } from '../../core/ports/port-closer.ts';
import type { FirewallState, FirewallStep } from '../../core/remediation/closed-ports/firewall-step.ts';
import { defaultAdmission } from './nftables/nftables-firewall.ts';

/**
 * A firewall that a person changes by hand: this process is not able to, or must not. Plans name it, commands are for it, nothing here
 * ever changes it.
 * `read` and `readAll` ask the firewall itself and throw when it cannot be read: they never answer "nothing is closed" instead.
 * `admissions` is asked about ports that were just seen open, so an unreadable firewall lets in as much as it can: rule `host:unread`.
 */
export class ManualFirewall implements PortCloser {
  readonly target: string;
  readonly sessions: PortCloser['sessions'];
  readonly #firewall: PortCloser;
  readonly #reason: string;

  /** `reason`: why a person has to do it, without a full stop. */
  constructor(firewall: PortCloser, reason: string) {
    this.target = firewall.target;
    this.sessions = firewall.sessions;
    this.#firewall = firewall;
    this.#reason = reason;
  }

  read(address: string, protocol: Protocol): Promise<FirewallState> {
    return this.#firewall.read(address, protocol);
  }

  readAll(): Promise<FirewallState[]> {
    return this.#firewall.readAll();
  }

  async admissions(address: string, port: number, protocol: Protocol): Promise<Admission[]> {
    try {
      return await this.#firewall.admissions(address, port, protocol);
    } catch {
      return [{ ...defaultAdmission(address), ruleId: 'host:unread' }];
    }
  }

  capability(): Promise<Capability> {
    return Promise.resolve({ able: false, reason: this.#reason });
  }

  apply(): Promise<void> {
    return Promise.reject(new Refused(`The firewall is not changed here: ${this.#reason}.`));
  }

  commandsFor(steps: readonly FirewallStep[]): string[] {
    return this.#firewall.commandsFor(steps);
  }
}
