import { networkInterfaces } from 'node:os';
import { messageOf } from '../../core/errors.ts';
import type { EngineName } from '../../core/scanning/engine-name.ts';
import { chooseEngine, type EngineChoice } from './choose-engine.ts';
import type { Engine } from './engine.ts';
import { masscanEngine } from './masscan/masscan-engine.ts';
import { nmapEngine } from './nmap/nmap-engine.ts';
import { synEngine } from './syn/syn-engine.ts';
import { udpEngine } from './udp/udp-engine.ts';
import { thisMachine } from './this-machine.ts';

/** An engine, or why it cannot be used on this machine and what to do about it. */
export type Usable =
  | { readonly engine: Engine; readonly why: null }
  | { readonly engine: null; readonly why: string; readonly advice: string | null };

/** The engines beside `connect`, which always works. None of these functions rejects. */
export type Engines = Readonly<Record<Exclude<EngineName, 'connect'> | 'udp', () => Promise<Usable>>>;

/** Jobs of one engine share the rate to an address, and those of these two must not. */
export interface HostEngines {
  /** Of shards that lease their addresses. */
  readonly owners: Engines;
  /** Of small shards. */
  readonly small: Engines;
}

/**
 * The engines of this machine. Each is looked for when it is first asked for; one that is there is not looked for again. `choose`: the self-test, once for
 * both. What it found holds for the life of the process.
 */
export function hostEngines(choose: () => Promise<EngineChoice> = () => chooseEngine(synEngine())): HostEngines {
  let choice: Promise<EngineChoice> | null = null;
  const syn = async (of: (tested: Engine) => Engine): Promise<Usable> => {
    choice ??= choose();
    const { engine, whyNotBetter, advice } = await choice;
    return engine === null ? { engine, why: whyNotBetter, advice } : { engine: of(engine), why: null };
  };
  return { owners: enginesWith(() => syn((tested) => tested)), small: enginesWith(() => syn(() => synEngine())) };
}

function enginesWith(syn: () => Promise<Usable>): Engines {
  return {
    syn: once(syn, true),
    // What its sockets cannot do here it says of each address.
    udp: once(async () => ({ engine: udpEngine(), why: null }), true),
    masscan: once(() => found(otherScanners.masscan), false),
    nmap: once(() => found(otherScanners.nmap), false),
  };
}

const NO_MAC = '00:00:00:00:00:00';

/** Looks for a program. @throws NotInstalled; BadInput when it is too old */
export type OtherScanner = () => Promise<Usable>;

/** Programs of others, used when they are asked for and installed. */
export const otherScanners: Readonly<Record<'masscan' | 'nmap', OtherScanner>> = {
  async masscan() {
    const engine = await masscanEngine();
    if (!thisMachine().netRaw) {
      const advice = 'start Portcullis as root, which hands it on';
      return { engine: null, why: `${engine.name} needs CAP_NET_RAW, which is missing`, advice };
    }
    if (hasEthernet()) return { engine, why: null };
    const why = `${engine.name} sends Ethernet frames, and no Ethernet interface here is up and has an address`;
    return { engine: null, why, advice: 'use the syn or the connect engine' };
  },
  async nmap() {
    // Connections need no privilege.
    const connect = process.getuid?.() !== 0 || !thisMachine().netRaw;
    return { engine: await nmapEngine({ connect }), why: null };
  },
};

/** Why it cannot be used and what to do about it, in one line; null: it can. */
export function refusalOf(usable: Usable): string | null {
  if (usable.engine !== null) return null;
  return usable.advice === null ? usable.why : `${usable.why}: ${usable.advice}`;
}

/** Tunnels, and loopback, have no Ethernet address. */
function hasEthernet(): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ mac }) => mac !== NO_MAC);
}

async function found(look: OtherScanner): Promise<Usable> {
  try {
    return await look();
  } catch (thrown) {
    return { engine: null, why: messageOf(thrown), advice: null };
  }
}

/** `forGood`: what was not found is not looked for again either. */
function once(look: () => Promise<Usable>, forGood: boolean): () => Promise<Usable> {
  let known: Promise<Usable> | null = null;
  return async () => {
    known ??= look();
    const usable = await known;
    if (usable.engine === null && !forGood) known = null;
    return usable;
  };
}
