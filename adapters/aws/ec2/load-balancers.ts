import type {
  Action,
  Listener as ElbListener,
  LoadBalancer as ElbLoadBalancer,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Listener, ListenerTarget, LoadBalancer, NetworkInterface } from '../../../core/cloud/network.ts';
import { eachLimited } from '../../../core/stages/each-limited.ts';
import {
  describeAttribute,
  describeListeners,
  describeLoadBalancers,
  describeRuleActions,
  describeTags,
  describeTargetGroups,
  describeTargets,
} from './elb-describe.ts';
import type { Reading } from './reading.ts';
import { required } from './rule-translation.ts';

/** Calls at a time: ELB throttles per account and Region, and others ask too. */
const AT_A_TIME = 8;

/** Ports of GENEVE, which listeners of gateway load balancers have and do not state (AWS ELB guide). */
const GENEVE = 6_081;

/**
 * Load balancers with their listeners and the targets behind: all of them, or those that stand on or forward to one of `around`, and those that forward to such
 * a one. Their interfaces are not read here, see `withInterfaces`.
 */
export async function readLoadBalancers(
  reading: Reading,
  around: readonly NetworkInterface[] | null,
): Promise<LoadBalancer[]> {
  const balancers = await describeLoadBalancers(reading);
  if (balancers.length === 0) return [];
  const groups = (await describeTargetGroups(reading)).filter((group) => mayMatter(group, around));
  const targets = new Map<string, ListenerTarget[]>();
  await eachLimited(groups, AT_A_TIME, async (group) => {
    const arn = required(group.TargetGroupArn, 'the ARN of a target group');
    targets.set(arn, await readTargets(reading, group, arn));
  });
  const wanted = around === null ? balancers : relevant(balancers, groups, targets, around);
  const arns = wanted.map(({ LoadBalancerArn }) => required(LoadBalancerArn, 'the ARN of a load balancer'));
  const listeners = new Map<string, Listener[]>();
  const [tags] = await Promise.all([
    describeTags(reading, arns),
    eachLimited(arns, AT_A_TIME, async (arn) => {
      const each = (await describeListeners(reading, arn)).map((one) => toListener(reading, one, targets));
      listeners.set(arn, await Promise.all(each));
    }),
  ]);
  return wanted
    .map((balancer) => {
      const arn = required(balancer.LoadBalancerArn, 'the ARN of a load balancer');
      return { ...toLoadBalancer(balancer, arn), listeners: listeners.get(arn) ?? [], tags: tags.get(arn) ?? {} };
    })
    .sort((a, b) => (a.arn < b.arn ? -1 : 1));
}

/** The description that ELB gives to the interfaces of a load balancer: `ELB app/front/50dc6c495c0c9188`. */
export function interfaceDescription(balancerArn: string): string {
  return `ELB ${balancerArn.slice(balancerArn.indexOf(':loadbalancer/') + ':loadbalancer/'.length)}`;
}

export function withInterfaces(
  balancers: readonly LoadBalancer[],
  interfaces: readonly NetworkInterface[],
): LoadBalancer[] {
  const byDescription = Map.groupBy(
    interfaces.filter(({ requesterManaged, kind }) => requesterManaged || kind !== 'interface'),
    ({ description }) => description,
  );
  return balancers.map((balancer) => ({
    ...balancer,
    interfaceIds: (byDescription.get(interfaceDescription(balancer.arn)) ?? []).map(({ id }) => id).sort(),
  }));
}

/** Addresses may be registered from other VPCs, instances may not. */
function mayMatter(group: TargetGroup, around: readonly NetworkInterface[] | null): boolean {
  if ((group.LoadBalancerArns ?? []).length === 0 || group.TargetType === 'lambda') return false;
  if (around === null || group.TargetType !== 'instance') return true;
  return around.some(({ vpcId }) => vpcId === group.VpcId);
}

async function readTargets(reading: Reading, group: TargetGroup, arn: string): Promise<ListenerTarget[]> {
  const [described, preservesClientIp] = await Promise.all([
    describeTargets(reading, arn),
    preserves(reading, group, arn),
  ]);
  return described
    .flatMap(({ Id, Port = group.Port }) =>
      Id === undefined || Port === undefined ? [] : [{ targetGroupArn: arn, id: Id, port: Port, preservesClientIp }],
    )
    .sort((a, b) => (a.id === b.id ? a.port - b.port : a.id < b.id ? -1 : 1));
}

/**
 * Application load balancers speak for their clients. Network ones keep the client's address as `preserve_client_ip.enabled` says; the
 * default is yes, except for targets given by address behind TCP and TLS (ELB guide, "Client IP preservation").
 */
async function preserves(reading: Reading, group: TargetGroup, arn: string): Promise<boolean> {
  const { Protocol, TargetType } = group;
  if (Protocol === 'HTTP' || Protocol === 'HTTPS') return false;
  if (Protocol === 'GENEVE' || TargetType === 'alb') return true;
  const set = await describeAttribute(reading, arn, 'preserve_client_ip.enabled');
  if (set !== undefined) return set === 'true';
  return !(TargetType === 'ip' && (Protocol === 'TCP' || Protocol === 'TLS'));
}

/** Those that stand on or forward to one of `around`, then those that forward to one of these. */
function relevant(
  balancers: readonly ElbLoadBalancer[],
  groups: readonly TargetGroup[],
  targets: ReadonlyMap<string, readonly ListenerTarget[]>,
  around: readonly NetworkInterface[],
): ElbLoadBalancer[] {
  const ids = new Set(
    around.flatMap((eni) => [eni.instanceId ?? eni.id, ...eni.ipv4.map((each) => each.private), ...eni.ipv6]),
  );
  const descriptions = new Set(around.map(({ description }) => description));
  const arns = new Set<string>();
  for (const { LoadBalancerArn: arn = '' } of balancers) {
    if (descriptions.has(interfaceDescription(arn))) arns.add(arn);
  }
  const addFronts = (to: ReadonlySet<string>) => {
    for (const { TargetGroupArn = '', LoadBalancerArns } of groups) {
      if (targets.get(TargetGroupArn)?.some(({ id }) => to.has(id)))
        for (const arn of LoadBalancerArns ?? []) arns.add(arn);
    }
  };
  addFronts(ids);
  // A network load balancer may forward to an application one, which forwards no further to a load balancer.
  addFronts(new Set(arns));
  return balancers.filter(({ LoadBalancerArn = '' }) => arns.has(LoadBalancerArn));
}

async function toListener(
  reading: Reading,
  listener: ElbListener,
  targets: ReadonlyMap<string, readonly ListenerTarget[]>,
): Promise<Listener> {
  const arn = required(listener.ListenerArn, 'the ARN of a listener');
  const protocol = listener.Protocol ?? 'GENEVE';
  const byRules = protocol === 'HTTP' || protocol === 'HTTPS' ? await describeRuleActions(reading, arn) : [];
  const groups = new Set([...(listener.DefaultActions ?? []), ...byRules].flatMap(targetGroupsOf));
  return {
    arn,
    protocol,
    port: listener.Port ?? GENEVE,
    targets: [...groups].sort().flatMap((group) => targets.get(group) ?? []),
  };
}

function targetGroupsOf({ TargetGroupArn, ForwardConfig }: Action): string[] {
  const weighted = (ForwardConfig?.TargetGroups ?? []).flatMap((each) => each.TargetGroupArn ?? []);
  return TargetGroupArn === undefined ? weighted : [TargetGroupArn, ...weighted];
}

function toLoadBalancer(balancer: ElbLoadBalancer, arn: string): Omit<LoadBalancer, 'listeners' | 'tags'> {
  return {
    arn,
    name: balancer.LoadBalancerName ?? '',
    kind: required(balancer.Type, `the type of ${arn}`),
    internetFacing: balancer.Scheme === 'internet-facing',
    vpcId: required(balancer.VpcId, `the VPC of ${arn}`),
    subnetIds: (balancer.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []).sort(),
    groupIds: [...(balancer.SecurityGroups ?? [])].sort(),
    dnsName: balancer.DNSName ?? '',
    interfaceIds: [],
  };
}
