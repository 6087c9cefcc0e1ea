import type { CloudNetwork, Place, SecurityGroupRule } from '../cloud/network.ts';
import type { RuleStep } from '../remediation/security-groups/rule-step.ts';

/** Reads the networks of the accounts and Regions that are watched. */
export interface CloudReader {
  readonly places: readonly Place[];
  /** Everything in one place, every page. @throws AccessDenied naming the action, the resource and the role; anything else is worth a retry. */
  readAll(place: Place): Promise<CloudNetwork>;
  /** A fresh read of what bears on one address: its interface, groups with every interface that shares them, subnet, access list, routes. */
  readAround(place: Place, address: string): Promise<CloudNetwork>;
}

/** Changes the ingress rules of security groups, one call at a time. */
export interface RuleChanger {
  /** The same for one finding: where a role is assumed for the change, its session names the finding, for the other account's records. */
  actingFor(findingId: string): RuleChanger;
  /** A fresh read of every ingress rule of the groups, every page; a group that is gone is absent. */
  readRules(place: Place, groupIds: readonly string[]): Promise<ReadonlyMap<string, readonly SecurityGroupRule[]>>;
  /** Asks whether a call would be permitted, and does not make it. @throws RuleProblem `denied`, or one that says EC2 cannot be asked now. */
  rehearse(place: Place, step: RuleStep): Promise<void>;
  /** Carries out one call. Success is not the return: read again. @throws what EC2 refused, with its code. */
  apply(place: Place, step: RuleStep): Promise<void>;
}
