import type { Address } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import { PortSet } from '../net/port-set.ts';
import { permutation, seedOf } from '../scanning/permutation.ts';

export const CANARIES = 16;
/** Ports below are where real services are. */
const FIRST = 1_024;
const LAST = 65_535;

/** Ports of an address that nobody chose, always the same ones: a host that answers at these answers anywhere. */
export function canariesOf(address: Address): PortSet {
  const order = permutation(LAST - FIRST + 1, seedOf(`every port of ${address}`));
  return PortSet.from(Array.from({ length: CANARIES }, (_, i) => FIRST + order(i)));
}

/** The port that firewall rules are asked about: of `EVERY_PORT` one that nobody chose. */
export function askedPort(address: Address, port: number): number {
  return port === EVERY_PORT ? ([...canariesOf(address)][0] ?? port) : port;
}
