import { type Address, toAddress } from '../../core/net/address.ts';
import { neverScanReason } from '../../core/net/never-scan.ts';
import type { Shard } from '../../core/planning/shard.ts';
import type { Engine } from './engine.ts';
import { type Engines, refusalOf } from './engines.ts';

/**
 * The engine of a shard and why it is not a better one (null: there is none); or why the one that was asked for cannot scan it. `ofOwn`: another one,
 * for this machine's own addresses among those of the shard; absent: there are none, or the engine is the same.
 */
export type Picked =
  | { readonly engine: Engine; readonly ofOwn?: Engine; readonly whyNotBetter: string | null }
  | { readonly engine: null; readonly refusal: string };

export interface PickFrom {
  readonly connect: Engine;
  readonly engines: Engines;
  /** Addresses of this machine, canonical. */
  readonly own: ReadonlySet<Address>;
}

/**
 * UDP has one engine. Of TCP the engine that was asked for, or none: never another one instead. Where none was asked for: SYNs for sweeps of other machines, where they
 * work, and connections for everything else, this machine's own addresses among others' included. Confirmations and verifications are always connections: a finished handshake is what nobody can spoof.
 */
export async function pickEngine(shard: Shard, { connect, engines, own }: PickFrom): Promise<Picked> {
  const { engine: asked } = shard;
  if (shard.protocol === 'udp') {
    if (asked !== undefined) return { engine: null, refusal: `${asked} was asked for: it does not look at UDP ports` };
    const usable = await engines.udp();
    if (usable.engine !== null) return { engine: usable.engine, whyNotBetter: null };
    return { engine: null, refusal: `UDP ports cannot be looked at: ${refusalOf(usable)}` };
  }
  if (asked === 'connect') return { engine: connect, whyNotBetter: 'connect was asked for' };
  if (asked !== undefined) {
    const usable = await engines[asked]();
    if (usable.engine !== null) return { engine: usable.engine, whyNotBetter: null };
    return { engine: null, refusal: `${asked} was asked for: ${refusalOf(usable)}` };
  }
  if (shard.purpose !== 'sweep') return { engine: connect, whyNotBetter: 'only a finished handshake proves an answer' };
  const elsewhere = shard.addresses.filter((text) => !isOwn(text, own)).length;
  if (elsewhere === 0) return { engine: connect, whyNotBetter: OWN };
  const { engine, why } = await engines.syn();
  if (engine === null) return { engine: connect, whyNotBetter: why };
  return elsewhere === shard.addresses.length
    ? { engine, whyNotBetter: null }
    : { engine, ofOwn: connect, whyNotBetter: OWN_APART };
}

const OWN = "it looks at this machine's own addresses";
const OWN_APART = "connections for this machine's own addresses";

/** Whether an address is this machine's own, or one that must never be looked at over a network. */
export function isOwn(text: string, own: ReadonlySet<Address>): boolean {
  const address = toAddress(text);
  return address === undefined || own.has(address) || neverScanReason(address, { loopback: false }) !== null;
}
