import { BadInput } from '../errors.ts';
import type { Address } from './address.ts';
import { AddressSet } from './address-set.ts';
import { PortSet } from './port-set.ts';
import { parsePorts } from './ports-spec.ts';

/** Ports of some addresses. */
interface PortRule {
  readonly addresses: AddressSet;
  readonly ports: PortSet;
}

/**
 * What must not be touched, from texts such as `192.0.2.9`, `192.0.2.0/28`, `192.0.2.20-35`, `192.0.2.3:9100`,
 * `192.0.2.3:9100-9107`, `[2001:db8::1]:22` and `:9100` (that port everywhere). Serves `exclude` and `protect`.
 * @throws BadInput naming the text.
 */
export class Exclusions {
  static readonly NONE = new Exclusions([]);

  readonly #addresses: AddressSet;
  readonly #everywhere: PortSet;
  readonly #rules: readonly PortRule[];

  constructor(texts: readonly string[]) {
    const whole: string[] = [];
    const rules: PortRule[] = [];
    let everywhere = PortSet.EMPTY;
    for (const { addresses, ports } of texts.map(split)) {
      if (ports === null) whole.push(addresses);
      else if (addresses === '') everywhere = everywhere.union(ports);
      else rules.push({ addresses: AddressSet.parse(addresses), ports });
    }
    this.#addresses = AddressSet.fromCidrs(whole);
    this.#everywhere = everywhere;
    this.#rules = rules;
  }

  /** Is the whole address out? */
  excludesAddress(address: Address): boolean {
    return this.#addresses.has(address);
  }

  /** Ports of the address that are out by rules for ports; an address that is out as a whole need not be in them. */
  excludedPorts(address: Address): PortSet {
    let ports = this.#everywhere;
    for (const rule of this.#rules) if (rule.addresses.has(address)) ports = ports.union(rule.ports);
    return ports;
  }

  /** Is this port of the address out, by whatever rule? */
  excludes(address: Address, port: number): boolean {
    return this.excludesAddress(address) || this.excludedPorts(address).has(port);
  }
}

/** `addresses` is empty for "everywhere"; `ports` is null for the whole address. */
function split(text: string): { addresses: string; ports: PortSet | null } {
  const trimmed = text.trim();
  const match =
    /^\[(?<addresses>[^\]]+)\](?::(?<ports>.*))?$/.exec(trimmed) ??
    /^(?<addresses>[^:]*):(?<ports>[^:]*)$/.exec(trimmed);
  if (match === null) return { addresses: trimmed, ports: null };
  const { addresses = '', ports } = match.groups ?? {};
  if (ports === undefined) return { addresses, ports: null };
  if (ports.trim() === '')
    throw new BadInput(`"${text}" ends without a port: write 192.0.2.3:9100 or leave out the colon.`);
  return { addresses: addresses.trim(), ports: parsePorts(ports) };
}
