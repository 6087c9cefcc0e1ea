import { PortSet } from './port-set.ts';

/** Stands in the place of a port for "this address answers on every port". No service can listen on it. */
export const EVERY_PORT = 0;
const EVERY = PortSet.of(EVERY_PORT);

/** A set of ports for people: `22,80`, `every port`, `every port,22`. */
export function portsText(ports: PortSet): string {
  const rest = ports.subtract(EVERY).toString();
  if (!ports.has(EVERY_PORT)) return rest;
  return rest === '' ? 'every port' : `every port,${rest}`;
}
