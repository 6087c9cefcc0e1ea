import type { Protocol } from '../net/protocol.ts';
import type { Admission } from '../findings/finding.ts';
import type { Capability, Draft, DraftOptions, Firewall, Performed, Standing } from '../ports/firewall.ts';
import type { AssetStore } from '../ports/stores.ts';
import type { Instant } from '../time.ts';
import type { Lease } from './firewall-lock.ts';
import type { PlanBody } from './plan.ts';

/** Source of assets that were learned from a cloud. */
const INVENTORY = 'inventory';

export interface Routes {
  assets: Pick<AssetStore, 'get'>;
  /** For addresses of the inventory. */
  cloud: Firewall;
  /** For every other address. */
  host: Firewall;
}

/** Asks the firewall that stands before an address: the cloud's for what the inventory knows, else this host's. A plan stays with the one it was made for. */
export class RoutedFirewall implements Firewall {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  async capability(address: string): Promise<Capability> {
    return (await this.#before(address)).capability(address);
  }

  async admissions(address: string, port: number, protocol: Protocol, seenAt?: Instant): Promise<Admission[]> {
    return (await this.#before(address)).admissions(address, port, protocol, seenAt);
  }

  async why(address: string, port: number, protocol: Protocol): Promise<string[]> {
    return (await this.#before(address)).why(address, port, protocol);
  }

  async draft(finding: Parameters<Firewall['draft']>[0], options: DraftOptions): Promise<Draft> {
    return (await this.#before(finding.address)).draft(finding, options);
  }

  reasonToKeep(body: PlanBody): Promise<string | null> {
    return this.#of(body).reasonToKeep(body);
  }

  standing(body: PlanBody): Promise<Standing> {
    return this.#of(body).standing(body);
  }

  perform(body: PlanBody, direction: 'forward' | 'inverse', lease: Lease): Promise<Performed> {
    return this.#of(body).perform(body, direction, lease);
  }

  async #before(address: string): Promise<Firewall> {
    const asset = await this.#routes.assets.get(address);
    return asset?.source === INVENTORY ? this.#routes.cloud : this.#routes.host;
  }

  #of({ place }: PlanBody): Firewall {
    return place === null ? this.#routes.host : this.#routes.cloud;
  }
}
