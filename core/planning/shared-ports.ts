import type { PortSet } from '../net/port-set.ts';

/**
 * Subtracts port sets and gives equal results as one object, so that they compare by `===`. Most addresses of a run have the same
 * ports and the same exclusions: each such pair is worked out once.
 */
export class SharedPorts {
  readonly #byText = new Map<string, PortSet>();
  readonly #differences = new Map<PortSet, Map<PortSet, PortSet>>();

  without(ports: PortSet, out: PortSet): PortSet {
    let differences = this.#differences.get(ports);
    if (differences === undefined) this.#differences.set(ports, (differences = new Map()));
    let left = differences.get(out);
    if (left === undefined) differences.set(out, (left = this.#shared(ports.subtract(out))));
    return left;
  }

  #shared(ports: PortSet): PortSet {
    const text = ports.toString();
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    this.#byText.set(text, ports);
    return ports;
  }
}
