import { Refused } from '../../core/errors.ts';
import type { Admission } from '../../core/findings/finding.ts';
import { scopeOf } from '../../core/net/address.ts';
import type { Capability, Draft, Firewall, Performed, Standing } from '../../core/ports/firewall.ts';

/** A deployment whose firewalls are not connected: nothing is read, proposed or changed, and every attempt says so. */
export class NoFirewall implements Firewall {
  readonly #reason: string;

  constructor(reason: string) {
    this.#reason = reason;
  }

  /** Rules that nobody reads admit as much as the address allows. */
  async admissions(address: string): Promise<Admission[]> {
    return [
      {
        ruleId: 'unread',
        source: address.includes(':') ? '::/0' : '0.0.0.0/0',
        breadth: scopeOf(address),
        byDefault: true,
      },
    ];
  }

  async why(): Promise<string[]> {
    return [];
  }

  async capability(): Promise<Capability> {
    return { able: false, reason: this.#reason };
  }

  async draft(): Promise<Draft> {
    throw this.#refused();
  }

  /** Nothing is ever changed from here: no tag has to forbid it. */
  async reasonToKeep(): Promise<null> {
    return null;
  }

  async standing(): Promise<Standing> {
    throw this.#refused();
  }

  async perform(): Promise<Performed> {
    throw this.#refused();
  }

  #refused(): Refused {
    return new Refused(`No firewall is connected: ${this.#reason}.`);
  }
}
