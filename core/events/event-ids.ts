import { toAddress } from '../net/address.ts';
import { type Touched, TOUCHED_KINDS, type TouchedIds, type TouchedKind } from './firewall-event.ts';

/** Ids of EC2 are a prefix and 8 or 17 hex digits; nothing else in an event looks like one. */
const SHAPES: readonly (readonly [TouchedKind, RegExp])[] = [
  ['groupIds', /^sg-[0-9a-f]{4,64}$/],
  ['ruleIds', /^sgr-[0-9a-f]{4,64}$/],
  ['interfaceIds', /^eni-[0-9a-f]{4,64}$/],
  ['instanceIds', /^i-[0-9a-f]{4,64}$/],
  ['allocationIds', /^eipalloc-[0-9a-f]{4,64}$/],
  ['prefixListIds', /^pl-[0-9a-f]{4,64}$/],
  ['subnetIds', /^subnet-[0-9a-f]{4,64}$/],
  ['vpcIds', /^vpc-[0-9a-f]{4,64}$/],
  ['routeTableIds', /^rtb-[0-9a-f]{4,64}$/],
  ['aclIds', /^acl-[0-9a-f]{4,64}$/],
];

/** `…:listener/app/name/id/id` belongs to `…:loadbalancer/app/name/id`. */
const LOAD_BALANCER =
  /^(arn:[a-z0-9-]+:elasticloadbalancing:[a-z0-9-]*:\d{12}:)(?:loadbalancer|listener)\/((?:app|net|gwy)\/[\w-]+\/[0-9a-f]+)(?:\/[0-9a-f]+)?$/;

/** Only under these names: an event is full of other addresses. */
const ADDRESS_KEYS = new Set(['publicip', 'publicipaddress']);

/**
 * Fields that name what the call refers to, not what it changes (a rule's source group), or that hold what somebody wrote.
 * In lower case: CloudTrail writes some calls in camelCase and some in PascalCase.
 */
const SKIPPED = new Set([
  'ippermissions',
  'referencedgroupinfo',
  'referencedgroupid',
  'tagset',
  'tagspecificationset',
  'tagspecification',
  'description',
  'userdata',
]);

/** Each kind with what `idsOf` gives for it. */
function touchedIds(idsOf: (kind: TouchedKind) => readonly string[]): TouchedIds {
  return Object.fromEntries(TOUCHED_KINDS.map((kind) => [kind, idsOf(kind)])) as unknown as TouchedIds;
}

export const TOUCHED_NOTHING: Touched = { ...touchedIds(() => []), everything: false };
export const TOUCHED_EVERYTHING: Touched = { ...touchedIds(() => []), everything: true };

/** Every id in `values` that is of one of `kinds`, however deep and under whatever name. */
export function idsIn(values: readonly unknown[], kinds: readonly TouchedKind[]): TouchedIds {
  const found = new Map(kinds.map((kind) => [kind, new Set<string>()]));
  // A stack of its own: a body may be nested deeper than calls can be.
  const left: [key: string, value: unknown][] = values.map((value) => ['', value]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [key, value] = next;
    if (typeof value === 'string') {
      const id = idOf(key, value);
      if (id !== undefined) found.get(id[0])?.add(id[1]);
    } else if (Array.isArray(value)) {
      for (const each of value) left.push([key, each]);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        const lower = name.toLowerCase();
        if (!SKIPPED.has(lower)) left.push([lower, each]);
      }
    }
  }
  return touchedIds((kind) => [...(found.get(kind) ?? [])].sort());
}

/** What several events touch, together. */
export function unionOf(all: readonly Touched[]): Touched {
  const ids = touchedIds((kind) => [...new Set(all.flatMap((one) => one[kind]))].sort());
  return { ...ids, everything: all.some((one) => one.everything) };
}

export function namesNothing(ids: TouchedIds): boolean {
  return TOUCHED_KINDS.every((kind) => ids[kind].length === 0);
}

function idOf(key: string, value: string): [TouchedKind, string] | undefined {
  if (ADDRESS_KEYS.has(key)) {
    const address = toAddress(value);
    return address === undefined ? undefined : ['addresses', address];
  }
  for (const [kind, shape] of SHAPES) if (shape.test(value)) return [kind, value];
  const balancer = LOAD_BALANCER.exec(value);
  return balancer === null ? undefined : ['loadBalancerArns', `${balancer[1]}loadbalancer/${balancer[2]}`];
}
