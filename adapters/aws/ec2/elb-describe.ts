import {
  type Action,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type Listener,
  type LoadBalancer,
  type TargetDescription,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Tags } from '../../../core/cloud/network.ts';
import { isGone } from '../aws-errors.ts';
import { everyPage, inParts } from './pages.ts';
import type { Reading } from './reading.ts';
import { tagsOf } from './rule-translation.ts';

/* One function a Describe call of ELB. What is deleted between two calls has nothing. */

/** Most items a page, and most ARNs in one DescribeTags (API reference). */
const MAX_PAGE = 400;
const MAX_TAGGED = 20;

export function describeLoadBalancers(reading: Reading): Promise<LoadBalancer[]> {
  const { elb } = reading.clients;
  const PageSize = reading.pageSize(MAX_PAGE);
  const call = { action: 'elasticloadbalancing:DescribeLoadBalancers', resource: 'load balancers' };
  return reading.may(call, () =>
    everyPage(async (Marker) => {
      const page = await elb.send(new DescribeLoadBalancersCommand({ PageSize, Marker }));
      return [page.LoadBalancers, page.NextMarker];
    }),
  );
}

export function describeTargetGroups(reading: Reading): Promise<TargetGroup[]> {
  const { elb } = reading.clients;
  const PageSize = reading.pageSize(MAX_PAGE);
  const call = { action: 'elasticloadbalancing:DescribeTargetGroups', resource: 'target groups' };
  return reading.may(call, () =>
    everyPage(async (Marker) => {
      const page = await elb.send(new DescribeTargetGroupsCommand({ PageSize, Marker }));
      return [page.TargetGroups, page.NextMarker];
    }),
  );
}

/** Every registered target, whatever its health. This call has no pages. */
export function describeTargets(reading: Reading, TargetGroupArn: string): Promise<TargetDescription[]> {
  const call = { action: 'elasticloadbalancing:DescribeTargetHealth', resource: 'the targets of load balancers' };
  return reading.may(call, async () => {
    const answer = await unlessGone(reading.clients.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn })));
    return answer?.TargetHealthDescriptions?.flatMap(({ Target }) => Target ?? []) ?? [];
  });
}

/** Undefined when the attribute is not set, not read or not known here. */
export async function describeAttribute(
  reading: Reading,
  TargetGroupArn: string,
  name: string,
): Promise<string | undefined> {
  const call = { action: 'elasticloadbalancing:DescribeTargetGroupAttributes', resource: 'target groups' };
  const attributes = await reading.may(call, async () => {
    const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn });
    return (await unlessGone(reading.clients.elb.send(command)))?.Attributes ?? [];
  });
  return attributes.find(({ Key }) => Key === name)?.Value;
}

export function describeListeners(reading: Reading, LoadBalancerArn: string): Promise<Listener[]> {
  const { elb } = reading.clients;
  const PageSize = reading.pageSize(MAX_PAGE);
  const call = { action: 'elasticloadbalancing:DescribeListeners', resource: 'listeners of load balancers' };
  return reading.may(call, () =>
    everyPage(async (Marker) => {
      const page = await unlessGone(elb.send(new DescribeListenersCommand({ LoadBalancerArn, PageSize, Marker })));
      return [page?.Listeners, page?.NextMarker];
    }),
  );
}

/** What the rules of one listener do, the default rule included. */
export function describeRuleActions(reading: Reading, ListenerArn: string): Promise<Action[]> {
  const { elb } = reading.clients;
  const PageSize = reading.pageSize(MAX_PAGE);
  const call = { action: 'elasticloadbalancing:DescribeRules', resource: 'listeners of load balancers' };
  return reading.may(call, () =>
    everyPage(async (Marker) => {
      const page = await unlessGone(elb.send(new DescribeRulesCommand({ ListenerArn, PageSize, Marker })));
      return [page?.Rules?.flatMap(({ Actions }) => Actions ?? []), page?.NextMarker];
    }),
  );
}

/** Tags by ARN. */
export async function describeTags(reading: Reading, arns: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
  const { elb } = reading.clients;
  const call = { action: 'elasticloadbalancing:DescribeTags', resource: 'load balancers' };
  const read = inParts(arns, MAX_TAGGED).map((ResourceArns) =>
    reading.may(call, async () => {
      const answer = await unlessGone(elb.send(new DescribeTagsCommand({ ResourceArns })));
      return answer?.TagDescriptions ?? [];
    }),
  );
  const described = (await Promise.all(read)).flat();
  return new Map(described.map(({ ResourceArn, Tags: tags }) => [ResourceArn ?? '', tagsOf(tags)]));
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!isGone(error)) throw error;
    return undefined;
  }
}
