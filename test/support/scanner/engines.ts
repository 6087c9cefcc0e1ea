import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import type { Engines, Usable } from '../../../fargate-scanner/engines/engines.ts';

export const usable = (engine: Engine) => async (): Promise<Usable> => ({ engine, why: null });
export const unusable = (why: string) => async (): Promise<Usable> => ({ engine: null, why, advice: null });

/** A machine where only connections work, but for what `over` names. */
export function noEngines(over: Partial<Engines> = {}): Engines {
  const not = unusable('not on this machine');
  return { syn: not, udp: not, masscan: not, nmap: not, ...over };
}
