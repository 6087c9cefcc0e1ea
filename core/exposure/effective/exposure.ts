import type { Admission } from '../../findings/finding.ts';
import type { Address } from '../../net/address.ts';
import type { Breadth } from '../../net/breadth.ts';

/** One port of one address. */
export interface ExposureQuestion {
  /** A public IPv4 address, an IPv6 address, or a private address of an interface (never reachable directly, perhaps through a front). */
  readonly address: Address;
  readonly protocol: 'tcp' | 'udp';
  /** 1-65535. */
  readonly port: number;
}

/**
 * From the internet, straight to the address. `yes`: some public source gets every answer. `partly`: public sources get through, each of them
 * only with some of its own ports (replies to the others are dropped). `unknown`: something that decides was not read, or a device that is not
 * ours to judge stands in the way. `no`: a step stops every public source, and that step's verdict is `stop`.
 */
export type Reachable = 'yes' | 'partly' | 'no' | 'unknown';

export const STEP_NAMES = [
  'address',
  'instance',
  'public-access-block',
  'route',
  'network-acl',
  'security-groups',
  'front',
] as const;
export type StepName = (typeof STEP_NAMES)[number];

export type StepVerdict = 'pass' | 'stop' | 'partly' | 'unknown';

/** One gate on the way in, judged whatever the others say. */
export interface ExposureStep {
  readonly name: StepName;
  readonly verdict: StepVerdict;
  /** Id of the object that decided (`eni-...`, `rtb-...`, `sgr-...`, a load balancer's ARN); null when there is none. */
  readonly object: string | null;
  /** One plain sentence. */
  readonly why: string;
}

/** A listener of an internet-facing load balancer that forwards to the interface. */
export interface Front {
  readonly loadBalancerArn: string;
  readonly loadBalancer: string;
  readonly listenerArn: string;
  /** The listener's protocol: `HTTPS`, `TCP`, ... */
  readonly protocol: string;
  /** The port that clients use. */
  readonly outsidePort: number;
  /** The port of the target: it may differ. */
  readonly targetPort: number;
  /** Instance id or address, as registered. */
  readonly targetId: string;
  /** The target's own groups must admit the clients: closing them there ends the service. */
  readonly preservesClientIp: boolean;
  /** Does the internet reach this target through it? */
  readonly reachable: Reachable;
  readonly why: string;
}

export interface Exposure {
  readonly address: Address;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** null: the address is on no interface that was read. */
  readonly interfaceId: string | null;
  readonly reachable: Reachable;
  /** Width of `sources`, or else of the groups and AWS lists that are let in. null: nobody is let in by a rule that could be read. */
  readonly breadth: Breadth | null;
  /**
   * Addresses of the address's family, public and private, that a rule lets in and that no step is known to stop, as AddressSet text;
   * lists that AWS keeps of its own services are not in it. Empty when a step other than `security-groups` stops everyone.
   */
  readonly sources: string;
  /**
   * Every rule that covers the port, each with the breadth of its own source; `internet` for a list that could not be read. Empty when a step
   * other than `security-groups` stops everyone. Rules for private sources and groups are here too: `reachable` says whether the internet gets in.
   */
  readonly admittedBy: readonly Admission[];
  /** All of STEP_NAMES, in that order. */
  readonly steps: readonly ExposureStep[];
  /** Load balancers through which the port is, or is not, reached. For an address of a load balancer: where its listener leads. */
  readonly fronts: readonly Front[];
}
