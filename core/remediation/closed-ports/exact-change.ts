import { PortcullisError } from '../../errors.ts';
import { endpoint } from '../../net/address.ts';
import { PortSet } from '../../net/port-set.ts';
import type { FirewallState, FirewallStep } from './firewall-step.ts';

/** The firewall would differ, or differs, by something else than the one port. */
export class InexactChange extends PortcullisError {
  readonly code = 'INEXACT_CHANGE';
}

/** Closed ports by address; an address that closes nothing is absent. */
export type ClosedPorts = ReadonlyMap<string, PortSet>;

/**
 * Holds only if `after` is `before` plus `port` and nothing else; both are the closed ports of one address.
 * @throws InexactChange naming what else differs.
 */
export function proveExact(before: PortSet, after: PortSet, port: number): void {
  if (before.has(port)) throw new InexactChange(`port ${port} was closed before`);
  const expected = before.union(PortSet.of(port));
  const missing = expected.subtract(after);
  const extra = after.subtract(expected);
  if (missing.isEmpty && extra.isEmpty) return;
  const parts = [];
  if (!missing.isEmpty) parts.push(`not closed: ${missing.toString()}`);
  if (!extra.isEmpty) parts.push(`closed besides: ${extra.toString()}`);
  throw new InexactChange(parts.join('; '));
}

/**
 * The same for everything that a firewall object closes: `step` is the only difference between `before` and `after`.
 * @throws InexactChange naming what else differs.
 */
export function proveOnly(step: FirewallStep, before: ClosedPorts, after: ClosedPorts): void {
  for (const address of new Set([...before.keys(), ...after.keys(), step.address])) {
    const [was, is] = [portsAt(before, address), portsAt(after, address)];
    try {
      if (address !== step.address) {
        if (!was.equals(is))
          throw new InexactChange(`closed ports went from "${was.toString()}" to "${is.toString()}"`);
      } else if (step.op === 'close-port') proveExact(was, is, step.port);
      else proveExact(is, was, step.port);
    } catch (error) {
      const wanted = `${step.op} ${endpoint(step.address, step.port)}`;
      throw new InexactChange(`more than "${wanted}" differs at ${address}`, { cause: error });
    }
  }
}

/** What the firewall would say after the steps. */
export function afterSteps(before: ClosedPorts, steps: readonly FirewallStep[]): ClosedPorts {
  const after = new Map(before);
  for (const { op, address, port } of steps) {
    const ports = portsAt(after, address);
    const one = PortSet.of(port);
    const changed = op === 'close-port' ? ports.union(one) : ports.subtract(one);
    if (changed.isEmpty) after.delete(address);
    else after.set(address, changed);
  }
  return after;
}

export function closedPorts(states: readonly FirewallState[]): ClosedPorts {
  const map = new Map<string, PortSet>();
  for (const { address, closed } of states) {
    const ports = portsAt(map, address).union(PortSet.parse(closed));
    if (!ports.isEmpty) map.set(address, ports);
  }
  return map;
}

export function sameClosedPorts(a: ClosedPorts, b: ClosedPorts): boolean {
  return a.size === b.size && [...a].every(([address, ports]) => ports.equals(portsAt(b, address)));
}

export function portsAt(closed: ClosedPorts, address: string): PortSet {
  return closed.get(address) ?? PortSet.EMPTY;
}
