import { PortcullisError } from '../../errors.ts';
import { endpoint } from '../../net/address.ts';
import { PortSet } from '../../net/port-set.ts';
import type { Protocol } from '../../net/protocol.ts';
import type { FirewallState, FirewallStep } from './firewall-step.ts';

/** The firewall would differ, or differs, by something else than the one port. */
export class InexactChange extends PortcullisError {
  readonly code = 'INEXACT_CHANGE';
}

/** Closed ports by address and protocol; where nothing is closed there is no entry. */
export type ClosedPorts = ReadonlyMap<ClosedKey, PortSet>;
type ClosedKey = `${Protocol} ${string}`;

/** Of what ports are closed. */
interface Place {
  readonly address: string;
  readonly protocol: Protocol;
}

function keyOf({ address, protocol }: Place): ClosedKey {
  return `${protocol} ${address}`;
}

/**
 * Holds only if `after` is `before` plus `port` and nothing else; both are the closed ports of one address and protocol.
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
  const own = keyOf(step);
  for (const key of new Set([...before.keys(), ...after.keys(), own])) {
    const [was, is] = [before.get(key) ?? PortSet.EMPTY, after.get(key) ?? PortSet.EMPTY];
    try {
      if (key !== own) {
        if (!was.equals(is))
          throw new InexactChange(`closed ports went from "${was.toString()}" to "${is.toString()}"`);
      } else if (step.op === 'close-port') proveExact(was, is, step.port);
      else proveExact(is, was, step.port);
    } catch (error) {
      const wanted = `${step.op} ${endpoint(step.address, step.port, step.protocol)}`;
      throw new InexactChange(`more than "${wanted}" differs at ${key}`, { cause: error });
    }
  }
}

/** What the firewall would say after the steps. */
export function afterSteps(before: ClosedPorts, steps: readonly FirewallStep[]): ClosedPorts {
  const after = new Map(before);
  for (const step of steps) {
    const { op, port } = step;
    const ports = portsAt(after, step);
    const one = PortSet.of(port);
    const changed = op === 'close-port' ? ports.union(one) : ports.subtract(one);
    if (changed.isEmpty) after.delete(keyOf(step));
    else after.set(keyOf(step), changed);
  }
  return after;
}

export function closedPorts(states: readonly FirewallState[]): ClosedPorts {
  const map = new Map<ClosedKey, PortSet>();
  for (const state of states) {
    const ports = portsAt(map, state).union(PortSet.parse(state.closed));
    if (!ports.isEmpty) map.set(keyOf(state), ports);
  }
  return map;
}

export function sameClosedPorts(a: ClosedPorts, b: ClosedPorts): boolean {
  return a.size === b.size && [...a].every(([key, ports]) => ports.equals(b.get(key) ?? PortSet.EMPTY));
}

export function portsAt(closed: ClosedPorts, place: Place): PortSet {
  return closed.get(keyOf(place)) ?? PortSet.EMPTY;
}
