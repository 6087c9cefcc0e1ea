import { LOCAL_ACCOUNT, type Settings } from '../config/settings.ts';
import { BadInput } from '../errors.ts';
import { type Address, compareAddresses, scopeOf } from '../net/address.ts';
import { AddressSet } from '../net/address-set.ts';
import { Exclusions } from '../net/exclusions.ts';
import { neverScanReason } from '../net/never-scan.ts';
import { assertScannable, parseTargetList, type TargetSpec } from '../net/targets.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { AssetSource, OwnInterfaces, TargetResolver } from '../ports/sources.ts';
import type { Asset } from './asset.ts';
import { OwnerDirectory } from './owners.ts';

/** `@file` inside a target file is followed this deep; a file that names itself ends here with an error. */
const MAX_FILE_DEPTH = 4;

export interface ConfiguredAssetsPorts {
  clock: Clock;
  log: Log;
  resolver: TargetResolver;
  interfaces: OwnInterfaces;
}

/** The assets that `targets` names; without any, and no account to watch, the addresses of this machine, loopback last and not exposed. */
export class ConfiguredAssets implements AssetSource {
  readonly #settings: Settings;
  readonly #ports: ConfiguredAssetsPorts;
  readonly #owners: OwnerDirectory;
  readonly #exclusions: Exclusions;

  constructor(settings: Settings, ports: ConfiguredAssetsPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#owners = new OwnerDirectory(settings.owners);
    this.#exclusions = new Exclusions(settings.exclude);
  }

  get exclusions(): Exclusions {
    return this.#exclusions;
  }

  /**
   * A target that does not resolve now is not watched until it does, and the operator is told; the others go on.
   * @throws BadInput when none resolves
   */
  async list(): Promise<Asset[]> {
    if (this.#settings.targets.length === 0) return this.#ownAddresses();
    const { set, failure } = await this.#resolved();
    if (set.isEmpty && failure !== undefined) throw failure;
    return this.assetsOf(set, this.#settings.yesLarge, 'config');
  }

  /** Those of `list` that have one of these addresses, once each; none of a target that does not resolve now. */
  async among(addresses: Iterable<Address>): Promise<Asset[]> {
    const wanted = new Set(addresses);
    if (wanted.size === 0) return [];
    if (this.#settings.targets.length === 0) {
      return (await this.#ownAddresses()).filter(({ address }) => wanted.has(address));
    }
    const { set } = await this.#resolved();
    return [...wanted]
      .filter((address) => set.has(address) && this.#isScannable(address))
      .map((address) => this.#asset(address, null, 'config', true));
  }

  /** @throws BadInput naming the first target that does not resolve, or what is too many, never scanned, or excluded to the last. */
  async assertAll(): Promise<void> {
    const { targets, yesLarge, aws } = this.#settings;
    if (targets.length > 0) this.assetsOf(await resolveTargets(targets, this.#ports.resolver), yesLarge, 'config');
    else if (aws === null && (await this.#ownAddresses()).length === 0) {
      throw new BadInput('No target is left: every address of this machine is excluded.');
    }
  }

  /** Assets for targets somebody named just now. @throws BadInput when they are too many or never to be scanned. */
  assetsOf(set: AddressSet, yesLarge: boolean, source: string): Asset[] {
    assertScannable(set, { yesLarge });
    const assets: Asset[] = [];
    for (const address of set) {
      const reason = neverScanReason(address, { loopback: true });
      if (reason !== null) throw new BadInput(`${address} is never scanned: ${reason}.`);
      if (!this.#exclusions.excludesAddress(address)) assets.push(this.#asset(address, null, source, true));
    }
    if (assets.length === 0) throw new BadInput(`No target is left: every address of ${set.toString()} is excluded.`);
    return assets;
  }

  /** What the targets stand for now. `failure`: why the last one that does not resolve does not. */
  async #resolved(): Promise<{ set: AddressSet; failure: BadInput | undefined }> {
    let set = AddressSet.EMPTY;
    let failure: BadInput | undefined;
    for (const text of this.#settings.targets) {
      try {
        set = set.union(await resolveTargets([text], this.#ports.resolver));
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        failure = error;
        this.#ports.log.warn('a target is not watched', { target: text, reason: error.message });
      }
    }
    return { set, failure };
  }

  #isScannable(address: Address): boolean {
    return neverScanReason(address, { loopback: true }) === null && !this.#exclusions.excludesAddress(address);
  }

  async #ownAddresses(): Promise<Asset[]> {
    if (this.#settings.aws !== null) return [];
    const own = await this.#ports.interfaces.list();
    const scannable = own.filter(({ address }) => this.#isScannable(address));
    const neverLeaves = (address: string) => Number(scopeOf(address) === 'host');
    scannable.sort((a, b) => neverLeaves(a.address) - neverLeaves(b.address) || compareAddresses(a.address, b.address));
    return scannable.map(({ address, interface: name }) =>
      this.#asset(address, name, 'interfaces', scopeOf(address) !== 'host'),
    );
  }

  #asset(address: string, networkInterface: string | null, source: string, exposed: boolean): Asset {
    const owner = this.#owners.ownerOf(address);
    return {
      address,
      ...LOCAL_ACCOUNT,
      networkInterface,
      owner: owner?.owner ?? null,
      ownerEmail: owner?.email ?? null,
      tags: {},
      source,
      exposed,
      learnedAt: this.#ports.clock.now(),
    };
  }
}

/** Addresses that target texts stand for: host names resolved, files read. Labels are living sets and not allowed here. */
export async function resolveTargets(
  texts: readonly string[],
  resolver: TargetResolver,
  depth = 0,
): Promise<AddressSet> {
  let set = AddressSet.EMPTY;
  for (const spec of parseTargetList(texts)) set = set.union(await resolveSpec(spec, resolver, depth));
  return set;
}

async function resolveSpec(spec: TargetSpec, resolver: TargetResolver, depth: number): Promise<AddressSet> {
  switch (spec.kind) {
    case 'addresses':
      return spec.set;
    case 'host':
      return AddressSet.fromCidrs(await resolver.resolveHost(spec.name));
    case 'file':
      if (depth >= MAX_FILE_DEPTH)
        throw new BadInput(`@${spec.path}: target files may include each other ${MAX_FILE_DEPTH} deep.`);
      return resolveTargets(targetLines(await resolver.readFile(spec.path)), resolver, depth + 1);
    case 'label':
      throw new BadInput(
        `label:${spec.label} is a set of watched addresses: it works with "scan", not as something to watch.`,
      );
  }
}

function targetLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
}
