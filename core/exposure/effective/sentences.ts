import type { NetworkInterface, Route } from '../../cloud/network.ts';
import { widest } from '../../net/breadth.ts';
import { type Intervals, intersectIntervals } from '../../net/intervals.ts';
import { type AccessList, denyingRow } from './access-list.ts';
import type { CompiledNetwork } from './compile.ts';
import type { ExposureStep } from './exposure.ts';
import { stepOf } from './gates.ts';
import type { Path } from './path.ts';
import type { Transport } from './protocol.ts';
import type { IngressRule } from './rules.ts';

/** More names than this in one sentence help nobody. */
const NAMED = 3;

export function routeStep(path: Path, at: NetworkInterface): ExposureStep {
  const { routes } = path.gate;
  if (routes === null)
    return stepOf('route', at.subnetId)('unknown', `The route table of ${at.subnetId} was not read.`);
  const step = stepOf('route', routes.tableId);
  if (routes.unreadable.length > 0) {
    return step('unknown', `${routes.tableId} has routes for ${named(routes.unreadable)}, which could not be read.`);
  }
  const hit = routes.taken.filter(({ addresses }) => intersectIntervals(addresses, path.asked).length > 0);
  const direct = hit.filter(({ addresses }) => intersectIntervals(addresses, routes.direct).length > 0);
  const diverted = hit.filter(({ addresses }) => intersectIntervals(addresses, routes.diverted).length > 0);
  const out = named(direct.map(({ route }) => targetOf(route)));
  switch (path.route) {
    case 'pass':
      return step('pass', `${routes.tableId} sends replies out by ${out}.`);
    case 'partly': {
      const others = hit.filter((each) => !direct.includes(each)).map(({ route }) => said(route));
      const rest = others.length > 0 ? named(others) : 'nowhere';
      return step(
        'partly',
        `${routes.tableId} sends replies out by ${out}, those for a part of the sources elsewhere: ${rest}.`,
      );
    }
    case 'unknown': {
      const through = named(diverted.map(({ route }) => said(route)));
      return step(
        'unknown',
        `Inspected: ${routes.tableId} sends replies through ${through}, which may or may not let them pass.`,
      );
    }
    case 'stop': {
      if (hit.length === 0) return step('stop', `${routes.tableId} has no route for replies to those who are let in.`);
      const to = named(hit.map(({ route }) => said(route)));
      return step('stop', `${routes.tableId} sends replies to ${to}, which is no working way back to the internet.`);
    }
  }
}

export function aclStep(path: Path, at: NetworkInterface, protocol: Transport, port: number): ExposureStep {
  const { acl } = path.gate;
  if (acl === null) {
    return stepOf('network-acl', at.subnetId)('unknown', `The network access list of ${at.subnetId} was not read.`);
  }
  const list = path.gate[protocol];
  const step = stepOf('network-acl', acl.id);
  if (list === null) return step('unknown', `${acl.id} has a row whose network could not be read.`);
  const what = `${protocol} ${port}`;
  const row = turnedAway(list, path.routed, port);
  switch (path.acl) {
    case 'stop':
      return step(
        'stop',
        row === null
          ? `${acl.id} lets ${what} in, but replies to nobody out.`
          : `${row}: nobody is let in from the internet.`,
      );
    case 'partly':
      return step(
        'partly',
        row === null
          ? `${acl.id} lets ${what} in, but replies only to a part of the sources or of their ports 1024-65535 out.`
          : `${row}, not from everywhere.`,
      );
    case 'unknown':
    case 'pass':
      return step(path.acl, `${acl.id} lets ${what} in and replies out.`);
  }
}

/** null: every source comes in. */
function turnedAway(list: AccessList, sources: Intervals, port: number): string | null {
  const row = denyingRow(list, port, sources);
  if (row === null) return null;
  if (row === 'no-row') return `${list.id} has no inbound row that lets all of the sources in to port ${port}`;
  const { entry } = row;
  return `Row ${entry.number} of ${list.id} denies port ${port} from ${entry.cidr}`;
}

export function groupsStep(
  compiled: CompiledNetwork,
  path: Path,
  at: NetworkInterface,
  protocol: Transport,
  port: number,
): ExposureStep {
  const { covering, on } = path;
  const what = `${protocol} ${port}`;
  if (on.unfiltered)
    return stepOf('security-groups', at.id)('pass', `${at.id} has no security group: everybody is let in.`);
  const groups = at.groupIds.length > 0 ? at.groupIds : [...new Set(on.rules.map(({ groupId }) => groupId))];
  const holder = groups.length === 1 ? (groups[0] ?? at.id) : at.id;
  if (path.groups === 'pass') {
    const [first, others] = widestFirst(covering.filter(({ kind }) => kind === 'addresses'));
    const more = others > 0 ? `, ${others} more ${others === 1 ? 'rule lets' : 'rules let'} it in` : '';
    return stepOf('security-groups', first?.id ?? holder)(
      'pass',
      `${first?.id ?? ''} of ${first?.groupId ?? ''} lets ${what} in from ${first?.source ?? ''}${more}.`,
    );
  }
  const step = stepOf('security-groups', holder);
  if (path.groups === 'unknown') {
    const lists = covering.filter(({ kind }) => kind === 'unknown').map((rule) => `${rule.source} of ${rule.id}`);
    return step('unknown', `Could not be read, and may let ${what} in: ${named([...on.missing, ...lists])}.`);
  }
  if (covering.length === 0)
    return step('stop', `No rule of ${groups.length > 0 ? named(groups) : at.id} lets ${what} in.`);
  const from = named(covering.map((rule) => `${rule.source} (${rule.id}${onBalancer(compiled, rule)})`));
  return step('stop', `Nothing public is let in to ${what}, only ${from}.`);
}

/** A group is never the internet, but the internet may come through a load balancer that is in it. */
function onBalancer(compiled: CompiledNetwork, { kind, source }: IngressRule): string {
  if (kind !== 'group') return '';
  const balancer = compiled.network.loadBalancers.find((each) => each.internetFacing && each.groupIds.includes(source));
  return balancer ? `, on the internet-facing load balancer ${balancer.name}` : '';
}

function widestFirst(rules: readonly IngressRule[]): [IngressRule | undefined, number] {
  const width = widest(rules.map(({ breadth }) => breadth));
  return [rules.find(({ breadth }) => breadth === width), rules.length - 1];
}

function targetOf({ target, active }: Route): string {
  if (target === null) return 'a target that is gone';
  return active ? target : `${target} (not active)`;
}

function said(route: Route): string {
  return `${targetOf(route)} for ${route.destination}`;
}

function named(all: readonly string[]): string {
  const names = [...new Set(all)];
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}
