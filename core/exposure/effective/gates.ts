import type { Instance, LoadBalancer, NetworkInterface } from '../../cloud/network.ts';
import { scopeOf } from '../../net/address.ts';
import type { CompiledNetwork, Location } from './compile.ts';
import type { ExposureStep, StepName, StepVerdict } from './exposure.ts';
import type { Transport } from './protocol.ts';

/** The steps that are the same for every source. */
export function addressStep({ address, at, role }: Location): ExposureStep {
  const step = stepOf('address', at.id);
  if (at.kind === 'nat_gateway') {
    return step('stop', `${address} belongs to the NAT gateway on ${at.id}, which takes no connections from outside.`);
  }
  if (role === 'public') return step('pass', `${address} is a public address of ${at.id}.`);
  if (role === 'v6' && scopeOf(address) === 'internet')
    return step('pass', `${address} is a global address of ${at.id}.`);
  return step('stop', `${address} is a private address of ${at.id}: the internet has no way to it.`);
}

/** The step of an address that is on no interface of the network. */
export function absentStep(compiled: CompiledNetwork, address: string): ExposureStep {
  const elastic = compiled.elastic.get(address);
  const step = stepOf('address', elastic?.allocationId ?? null);
  if (elastic?.interfaceId === null) return step('stop', `${address} is released: it is associated with no interface.`);
  if (elastic) return step('unknown', `${address} is on ${elastic.interfaceId}, which was not read.`);
  const refused = refusalOf(compiled, ['DescribeNetworkInterfaces']);
  if (refused !== null) return step('unknown', `${address} is on no interface that was read: ${refused}`);
  return step(
    'stop',
    `${address} is on no interface of account ${compiled.network.account} in ${compiled.network.region}.`,
  );
}

export function instanceStep(compiled: CompiledNetwork, at: NetworkInterface): ExposureStep {
  if (at.instanceId === null) {
    const step = stepOf('instance', at.id);
    if (at.status === 'available') return step('stop', `${at.id} is attached to nothing.`);
    return step('pass', `${at.id} is not of an instance${at.requesterManaged ? ': an AWS service runs it' : ''}.`);
  }
  const instance = compiled.instances.get(at.instanceId);
  const step = stepOf('instance', at.instanceId);
  if (instance === undefined) return step('unknown', `Instance ${at.instanceId} was not read.`);
  return step(verdictOfState(instance), `Instance ${instance.id} is ${instance.state}.`);
}

function verdictOfState({ state }: Instance): StepVerdict {
  if (state === 'running') return 'pass';
  return state === 'stopped' || state === 'terminated' ? 'stop' : 'unknown';
}

/**
 * VPC block public access. When it could not be read, nothing is taken to be blocked: accounts have it off until somebody turns it on, and an
 * exposure that is missed costs more than one that turns out to be blocked.
 */
export function blockStep(compiled: CompiledNetwork, at: NetworkInterface): ExposureStep {
  const block = compiled.network.publicAccessBlock;
  if (block === null) {
    return stepOf('public-access-block', null)(
      'unknown',
      'Whether public access is blocked was not read; taken as not blocked.',
    );
  }
  const { region } = compiled.network;
  if (block.mode === 'off') return stepOf('public-access-block', null)('pass', `${region} blocks no public access.`);
  const exclusion = block.exclusions.find(
    ({ resourceId, mode }) => mode === 'allow-bidirectional' && (resourceId === at.subnetId || resourceId === at.vpcId),
  );
  if (exclusion) {
    return stepOf('public-access-block', exclusion.resourceId)(
      'pass',
      `${region} blocks public access (${block.mode}), but ${exclusion.resourceId} is excluded.`,
    );
  }
  return stepOf('public-access-block', at.vpcId)(
    'stop',
    `${region} blocks public access (${block.mode}) and neither ${at.subnetId} nor ${at.vpcId} is excluded for both directions.`,
  );
}

/** On an address of a load balancer only its listeners answer. null: the interface is of no load balancer. */
export function listenerStep(
  compiled: CompiledNetwork,
  at: NetworkInterface,
  protocol: Transport,
  port: number,
): ExposureStep | null {
  const balancer = compiled.balancerAt.get(at.id);
  if (balancer) return ownListenerStep(compiled, balancer, protocol, port);
  if (!isBalancers(at)) return null;
  return stepOf('front', at.id)(
    'unknown',
    `The load balancer of ${at.id} was not read, so its listeners are not known.`,
  );
}

function ownListenerStep(
  compiled: CompiledNetwork,
  balancer: LoadBalancer,
  protocol: Transport,
  port: number,
): ExposureStep {
  const name = `load balancer ${balancer.name}`;
  const listener = balancer.listeners.find((each) => each.port === port && carries(each.protocol, protocol));
  if (listener) {
    return stepOf('front', listener.arn)('pass', `The ${name} listens on ${protocol} ${port} (${listener.protocol}).`);
  }
  const step = stepOf('front', balancer.arn);
  if (refusalOf(compiled, ['DescribeListeners']) !== null) {
    return step('unknown', `The listeners of the ${name} were not all read.`);
  }
  return step('stop', `The ${name} has no listener on ${protocol} ${port}.`);
}

/** The first sentence about a refused call that names one of the actions. */
export function refusalOf(compiled: CompiledNetwork, actions: readonly string[]): string | null {
  return compiled.network.unread.find((sentence) => actions.some((action) => sentence.includes(action))) ?? null;
}

/** Interfaces of load balancers: EC2 describes them as `ELB ...`. */
function isBalancers({ kind, description, requesterManaged }: NetworkInterface): boolean {
  return kind === 'network_load_balancer' || (requesterManaged && description.startsWith('ELB '));
}

const UDP_ONLY = ['UDP', 'QUIC'];
const UDP_TOO = ['TCP_UDP', 'TCP_QUIC'];

/** Does a listener of this protocol take packets of that transport? */
export function carries(listenerProtocol: string, protocol: Transport): boolean {
  if (UDP_TOO.includes(listenerProtocol)) return true;
  return UDP_ONLY.includes(listenerProtocol) === (protocol === 'udp');
}

export function stepOf(name: StepName, object: string | null) {
  return (verdict: StepVerdict, why: string): ExposureStep => ({ name, verdict, object, why });
}
