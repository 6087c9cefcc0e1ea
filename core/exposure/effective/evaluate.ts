import type { CloudNetwork } from '../../cloud/network.ts';
import { BadInput } from '../../errors.ts';
import type { Admission } from '../../findings/finding.ts';
import { parseAddress } from '../../net/address.ts';
import { type Breadth, widest } from '../../net/breadth.ts';
import { textOf } from './cidr.ts';
import { CompiledNetwork, type Location, compileNetwork } from './compile.ts';
import { type Exposure, type ExposureQuestion, type ExposureStep, type Front, STEP_NAMES } from './exposure.ts';
import { frontsOf } from './fronts.ts';
import { absentStep, refusalOf, stepOf } from './gates.ts';
import { type Judgement, judge } from './judge.ts';
import type { Path } from './path.ts';
import { MAX_PORT } from './protocol.ts';
import { breadthOf } from './public-space.ts';
import { aclStep, groupsStep, routeStep } from './sentences.ts';

/**
 * Does the internet reach one port of one address, from how wide, by which rules, and what decided at every step.
 * Give a `compileNetwork` result to ask many questions of one network.
 * @throws BadInput when the address or the port is none.
 */
export function evaluateExposure(network: CloudNetwork | CompiledNetwork, question: ExposureQuestion): Exposure {
  const compiled = compiledOf(network);
  const { protocol, port } = question;
  const address = parseAddress(question.address);
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    throw new BadInput(`Port ${port} does not exist: ports are 1 to ${MAX_PORT}.`);
  }
  const location = onlyLocation(compiled, address);
  if (location === null) return absent(compiled, { address, protocol, port });
  const judged = judge(compiled, location, protocol, port);
  const { path, stopped } = judged;
  const fronts = frontsOf(compiled, location, protocol, port);
  return {
    address,
    protocol,
    port,
    interfaceId: location.at.id,
    reachable: judged.reachable,
    breadth: stopped ? null : breadthOfPath(path, location),
    sources: stopped ? '' : textOf(location.family, path.sources),
    admittedBy: stopped ? [] : admissionsOf(path, location),
    steps: [
      judged.address,
      judged.instance,
      judged.block,
      routeStep(path, location.at),
      aclStep(path, location.at, protocol, port),
      groupsStep(compiled, path, location.at, protocol, port),
      frontStep(compiled, judged, fronts),
    ],
    fronts,
  };
}

export function compiledOf(network: CloudNetwork | CompiledNetwork): CompiledNetwork {
  return network instanceof CompiledNetwork ? network : compileNetwork(network);
}

/** null: nowhere, or a private address that several VPCs use. */
export function onlyLocation(compiled: CompiledNetwork, address: string): Location | null {
  const [first, second] = compiled.locate(address);
  if (first === undefined || (first.role === 'private' && second !== undefined)) return null;
  return first;
}

function breadthOfPath(path: Path, { family }: Location): Breadth | null {
  const found = [breadthOf(family, path.sources, path.gate.publicSpace)];
  if (path.edge.length > 0) found.push('aws-edge');
  if (path.covering.some(({ kind }) => kind === 'group')) found.push('group');
  return widest(found.filter((each) => each !== null)) ?? null;
}

function admissionsOf(path: Path, { family, at }: Location): Admission[] {
  if (path.on.unfiltered) {
    return [{ ruleId: at.id, source: family === 'v4' ? '0.0.0.0/0' : '::/0', breadth: 'internet' }];
  }
  return path.covering.map(({ id, source, breadth }) => ({ ruleId: id, source, breadth }));
}

/** Calls that tell what stands before an interface. */
const FRONT_ACTIONS = ['DescribeLoadBalancers', 'DescribeListeners', 'DescribeTargetGroups', 'DescribeTargetHealth'];

function frontStep(compiled: CompiledNetwork, { listener }: Judgement, fronts: readonly Front[]): ExposureStep {
  if (listener !== null) return listener;
  const [first] = fronts;
  if (first) {
    const more = fronts.length > 1 ? ` ${fronts.length - 1} more lead here.` : '';
    return stepOf('front', first.loadBalancerArn)('pass', `${first.why}${more}`);
  }
  const refused = refusalOf(compiled, FRONT_ACTIONS);
  // Not known is only whether there is another way in: the way straight to the address is judged all the same.
  if (refused !== null)
    return stepOf('front', null)('unknown', `Whether a load balancer leads here is not known: ${refused}`);
  return stepOf('front', null)('pass', 'No load balancer that faces the internet leads here.');
}

function absent(compiled: CompiledNetwork, question: ExposureQuestion): Exposure {
  const holders = compiled.locate(question.address);
  const address =
    holders.length > 1
      ? stepOf('address', null)(
          'stop',
          `${question.address} is a private address in several VPCs: the internet has no way to it.`,
        )
      : absentStep(compiled, question.address);
  const others = STEP_NAMES.filter((name) => name !== 'address');
  return {
    ...question,
    interfaceId: null,
    reachable: address.verdict === 'stop' ? 'no' : 'unknown',
    breadth: null,
    sources: '',
    admittedBy: [],
    steps: [address, ...others.map((name) => stepOf(name, null)('unknown', 'There is no interface to judge.'))],
    fronts: [],
  };
}
