import { Refused } from '../../errors.ts';
import type { Admission } from '../../findings/finding.ts';
import { endpoint } from '../../net/address.ts';
import type { Protocol } from '../../net/protocol.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Capability, Draft, Firewall, Performed, Standing } from '../../ports/firewall.ts';
import type { PortCloser } from '../../ports/port-closer.ts';
import type { Lease } from '../firewall-lock.ts';
import type { PlanBody } from '../plan.ts';
import { afterSteps, closedPorts, portsAt, proveOnly } from './exact-change.ts';
import type { FirewallStep } from './firewall-step.ts';
import { performStep } from './perform-step.ts';

/** A firewall of which each plan is one port of one address: there or not there. */
export class ClosedPortsFirewall implements Firewall {
  readonly #closer: PortCloser;

  constructor(closer: PortCloser) {
    this.#closer = closer;
  }

  capability(): Promise<Capability> {
    return this.#closer.capability();
  }

  admissions(address: string, port: number, protocol: Protocol): Promise<Admission[]> {
    return this.#closer.admissions(address, port, protocol);
  }

  async why(): Promise<string[]> {
    return [];
  }

  async draft(finding: Parameters<Firewall['draft']>[0]): Promise<Draft> {
    const { address, protocol, port } = finding;
    const { target, sessions } = this.#closer;
    const seen = await this.#look(finding);
    if (seen.closed.has(port)) {
      throw new Refused(
        `${endpoint(address, port, protocol)} is closed by ${target} already: there is nothing to change. If it still answers, the traffic does not pass that firewall.`,
      );
    }
    const step: FirewallStep = { op: 'close-port', address, protocol, port };
    const inverse: FirewallStep = { ...step, op: 'open-port' };
    const before = closedPorts([{ target, address, protocol, closed: seen.closed.toString() }]);
    proveOnly(step, before, afterSteps(before, [step]));
    return {
      target,
      place: null,
      admittedBy: [...seen.admittedBy],
      before: { closed: false },
      after: { closed: true },
      steps: [step],
      inverse: [inverse],
      commands: this.#closer.commandsFor([step]),
      inverseCommands: this.#closer.commandsFor([inverse]),
      commandsBy: 'as root',
      affected: [
        {
          what: `every client of ${endpoint(address, port, protocol)}`,
          why: 'is refused from now on, programs on this machine included; the same port on other addresses stays as it is',
        },
        ...(seen.unread === null ? [] : [{ what: target, why: seen.unread }]),
      ],
      needsPerson: null,
      sessions: sessions[protocol],
    };
  }

  /** What must stay open on a host is a `Protection`. */
  async reasonToKeep(): Promise<null> {
    return null;
  }

  async standing(body: PlanBody): Promise<Standing> {
    const wrong = this.#whyNotOurs(body);
    if (wrong !== null) return { kind: 'drifted', why: wrong };
    const closed = closedPorts(await this.#closer.readAll());
    return { kind: portsAt(closed, body).has(body.port) ? 'after' : 'before' };
  }

  async perform(body: PlanBody, direction: 'forward' | 'inverse', lease: Lease): Promise<Performed> {
    const wrong = this.#whyNotOurs(body);
    if (wrong !== null) return { kind: 'unchanged', why: wrong };
    const { address, protocol, port } = body;
    const step: FirewallStep = {
      op: direction === 'forward' ? 'close-port' : 'open-port',
      address,
      protocol,
      port,
    };
    const before = closedPorts(await this.#closer.readAll());
    if (portsAt(before, body).has(port) === (direction === 'forward')) return { kind: 'changed' };
    return performStep(this.#closer, step, before, lease);
  }

  /** A stored plan may be damaged, or made for another firewall. */
  #whyNotOurs({ target, steps, inverse, address, protocol, port }: PlanBody): string | null {
    if (target !== this.#closer.target) return `it was made for ${target}, and this is ${this.#closer.target}`;
    const is = (list: PlanBody['steps'], op: FirewallStep['op']) => {
      const [step] = list;
      if (list.length !== 1 || step?.op !== op) return false;
      return step.address === address && step.protocol === protocol && step.port === port;
    };
    return is(steps, 'close-port') && is(inverse, 'open-port') ? null : 'its steps are not the one port that it names';
  }

  /** Who may not change the firewall often may not read it either: then the open port is the only witness that nothing closes it, and the plan says so. */
  async #look({ address, port, protocol, admittedBy }: Parameters<Firewall['draft']>[0]): Promise<Seen> {
    const capability = await this.#closer.capability();
    try {
      const state = await this.#closer.read(address, protocol);
      const admissions = await this.#closer.admissions(address, port, protocol);
      return { closed: PortSet.parse(state.closed), admittedBy: admissions, unread: null };
    } catch (error) {
      if (capability.able) throw error;
      const unread = `its rules could not be read (${capability.reason}); that it lets the port in is known only from the open port`;
      return { closed: PortSet.EMPTY, admittedBy, unread };
    }
  }
}

interface Seen {
  closed: PortSet;
  admittedBy: readonly Admission[];
  /** Why the firewall itself could not be asked; null when it was read. */
  unread: string | null;
}
