import type { CompiledNetwork, Location } from './compile.ts';
import type { ExposureStep, Reachable } from './exposure.ts';
import { addressStep, blockStep, instanceStep, listenerStep } from './gates.ts';
import { type Path, walkPath } from './path.ts';
import type { Transport } from './protocol.ts';

/** All that decides about one port of one location, load balancers before it aside. */
export interface Judgement {
  readonly address: ExposureStep;
  readonly instance: ExposureStep;
  readonly block: ExposureStep;
  /** null where the address is of no load balancer. */
  readonly listener: ExposureStep | null;
  readonly path: Path;
  readonly reachable: Reachable;
  /** A step other than the groups stops everyone. */
  readonly stopped: boolean;
}

export function judge(compiled: CompiledNetwork, location: Location, protocol: Transport, port: number): Judgement {
  const { at, family } = location;
  const address = addressStep(location);
  const instance = instanceStep(compiled, at);
  const block = blockStep(compiled, at);
  const listener = listenerStep(compiled, at, protocol, port);
  const path = walkPath(compiled, at, family, protocol, port);
  const stopped =
    [address, instance, block, listener].some((step) => step?.verdict === 'stop') ||
    path.route === 'stop' ||
    path.acl === 'stop';
  // A block that was not read does not count: see blockStep.
  const unsure = [address, instance, listener].some((step) => step?.verdict === 'unknown');
  const reachable = stopped || path.groups === 'stop' ? 'no' : unsure ? 'unknown' : path.reachable;
  return { address, instance, block, listener, path, reachable, stopped };
}
