import type { Asset } from '../../assets/asset.ts';
import type { CloudNetwork, NetworkInterface, Place } from '../../cloud/network.ts';
import { AccessDenied, Refused } from '../../errors.ts';
import type { Exposure, StepVerdict } from '../../exposure/effective/exposure.ts';
import { evaluateExposure } from '../../exposure/effective/evaluate.ts';
import type { Admission } from '../../findings/finding.ts';
import { endpoint, isIPv6 } from '../../net/address.ts';
import { compareBreadth } from '../../net/breadth.ts';
import type { Protocol } from '../../net/protocol.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CloudReader, RuleChanger } from '../../ports/cloud.ts';
import type { Capability, Draft, DraftOptions, Firewall, Performed, Standing } from '../../ports/firewall.ts';
import type { AssetStore } from '../../ports/stores.ts';
import { type Instant, msBetween, seconds } from '../../time.ts';
import type { Lease } from '../firewall-lock.ts';
import type { PlanBody } from '../plan.ts';
import { carryOut, putBack, type RuleChange, standingIn } from './carry-out.ts';
import type { RulesByGroup } from './closure-plan.ts';
import { planClosure } from './plan-closure.ts';
import { affectedByRules } from './affected-by-rules.ts';
import { awsCommands } from './aws-commands.ts';
import { whyPerson } from './needs-person.ts';
import { reasonNeverToTouch } from './never-touch.ts';

/** One reading serves questions about admissions this long, milliseconds: a batch of results asks for many ports of an address. */
const FRESH_MS = seconds(5);
/** AWS's default; an account with more is refused sooner than needed, never later. */
const INGRESS_RULES_PER_GROUP = 60;

const WORDS: Readonly<Record<StepVerdict, string>> = {
  pass: 'Lets through',
  stop: 'Stops',
  partly: 'Lets through in part',
  unknown: 'Not known',
};

export interface SecurityGroupsPorts {
  reader: CloudReader;
  /** null where this process may read and not change. */
  changer: RuleChanger | null;
  /** Says in which account and Region an address is. */
  assets: Pick<AssetStore, 'get'>;
  clock: Clock;
  /** Resolves after so many milliseconds. */
  wait: (ms: number) => Promise<void>;
  /** Why rules in this account are not changed from here, or null. */
  reasonNotToChange: (place: Place) => string | null;
}

/** Security groups: one port of a wide rule is closed in place, by as many rules as it takes, and nothing else. */
export class SecurityGroupsFirewall implements Firewall {
  readonly #ports: SecurityGroupsPorts;
  readonly #recent = new Map<string, { at: Instant; network: Promise<CloudNetwork> }>();

  constructor(ports: SecurityGroupsPorts) {
    this.#ports = ports;
  }

  async capability(address: string): Promise<Capability> {
    if (this.#ports.changer === null) return { able: false, reason: 'this process may not change security groups' };
    const reason = this.#ports.reasonNotToChange(await this.#placeOf(address));
    return reason === null ? { able: true } : { able: false, reason };
  }

  async admissions(address: string, port: number, protocol: Protocol, seenAt?: Instant): Promise<Admission[]> {
    const network = await this.#recentNetwork(address, seenAt);
    return publicRules(evaluateExposure(network, { address, protocol, port }));
  }

  async why(address: string, port: number, protocol: Protocol): Promise<string[]> {
    const network = await this.#recentNetwork(address);
    const { steps, fronts } = evaluateExposure(network, { address, protocol, port });
    return [
      ...steps.map(({ verdict, why }) => `${WORDS[verdict]}: ${why}`),
      ...fronts.map(({ why }) => why),
      ...network.unread,
    ];
  }

  async draft(finding: Parameters<Firewall['draft']>[0], { allProtocols }: DraftOptions): Promise<Draft> {
    const { id, address, protocol, port } = finding;
    const place = await this.#placeOf(address);
    const network = await this.#ports.reader.readAround(place, address);
    const own = interfaceOf(network, address);
    if (own === undefined) {
      throw new Refused(
        `${address} is on no network interface of ${nameOf(place)} any more: there is nothing to close.`,
      );
    }
    const admittedBy = publicRules(evaluateExposure(network, { address, protocol, port }));
    const groups = network.groups.filter(({ id: groupId }) => own.groupIds.includes(groupId));
    const missing = own.groupIds.filter((groupId) => !groups.some((group) => group.id === groupId));
    if (missing.length > 0)
      throw new Refused(`The rules of ${missing.join(', ')} could not be read: nothing is planned.`);
    const plan = planClosure({
      rules: rulesOf(groups),
      protocol,
      port,
      family: isIPv6(address) ? 'v6' : 'v4',
      prefixLists: network.prefixLists,
      quota: { ingressRulesPerGroup: INGRESS_RULES_PER_GROUP },
      allowAllProtocols: allProtocols,
      findingId: id,
      groupTags: new Map(groups.map((group) => [group.id, group.tags])),
    });
    const keep = reasonNeverToTouch(own, groups, plan.steps);
    if (keep !== null) throw new Refused(keep);
    const touched = new Set(plan.steps.map(({ groupId }) => groupId));
    return {
      target: nameOf(place),
      place: { account: place.account, region: place.region },
      admittedBy,
      before: { groups: plan.before },
      after: { groups: plan.after },
      steps: plan.steps,
      inverse: plan.inverse,
      commands: awsCommands(place, plan.steps),
      inverseCommands: awsCommands(place, plan.inverse),
      commandsBy: `with permission to change security groups of ${place.account}`,
      needsPerson: whyPerson(network, own, plan.steps),
      affected: affectedByRules(network, own, touched, { address, port, protocol }),
      sessions: plan.notes.join(' '),
    };
  }

  async reasonToKeep(body: PlanBody): Promise<string | null> {
    const { place, steps } = changeOf(body);
    const network = await this.#ports.reader.readAround(place, body.address);
    const own = interfaceOf(network, body.address);
    if (own === undefined) return `${body.address} is on no network interface of ${nameOf(place)} any more.`;
    return reasonNeverToTouch(own, network.groups, steps);
  }

  async standing(body: PlanBody): Promise<Standing> {
    const change = changeOf(body);
    const live = await this.#changer(change.place).readRules(change.place, Object.keys(change.before));
    return standingIn(live, change);
  }

  async perform(body: PlanBody, direction: 'forward' | 'inverse', lease: Lease): Promise<Performed> {
    const change = changeOf(body);
    const ports = { changer: this.#changer(change.place).actingFor(body.findingId), wait: this.#ports.wait };
    try {
      return direction === 'forward' ? await carryOut(ports, change, lease) : await putBack(ports, change, lease);
    } catch (error) {
      // Asking again does not help: a person must know.
      if (error instanceof AccessDenied) return { kind: 'unknown', why: error.message };
      throw error;
    } finally {
      this.#recent.clear();
    }
  }

  #changer(place: Place): RuleChanger {
    const reason = this.#ports.reasonNotToChange(place);
    if (this.#ports.changer === null || reason !== null) {
      throw new Refused(reason ?? 'This process may not change security groups.');
    }
    return this.#ports.changer;
  }

  async #placeOf(address: string): Promise<Asset> {
    const asset = await this.#ports.assets.get(address);
    if (asset === undefined)
      throw new Refused(`${address} is in no account that is watched: it may be a stranger's by now.`);
    return asset;
  }

  async #recentNetwork(address: string, notBefore: Instant = ''): Promise<CloudNetwork> {
    const now = this.#ports.clock.now();
    const known = this.#recent.get(address);
    if (known !== undefined && msBetween(known.at, now) <= FRESH_MS && known.at >= notBefore) return known.network;
    const network = this.#placeOf(address).then((place) => this.#ports.reader.readAround(place, address));
    this.#recent.set(address, { at: now, network });
    network.catch(() => this.#recent.delete(address));
    return network;
  }
}

/** The rules that explain what a scanner on the internet sees: a port that only private rules let in must not be open to it. */
function publicRules({ admittedBy }: Exposure): Admission[] {
  return admittedBy.filter(({ breadth }) => compareBreadth(breadth, 'single') >= 0);
}

/** `security groups of 123456789012/eu-west-1`: also the name of the lock, so changes in one place happen one after the other. */
function nameOf({ account, region }: Place): string {
  return `security groups of ${account}/${region}`;
}

function interfaceOf(network: CloudNetwork, address: string): NetworkInterface | undefined {
  return network.interfaces.find(
    ({ ipv4, ipv6 }) =>
      ipv6.includes(address) || ipv4.some((each) => each.public === address || each.private === address),
  );
}

function rulesOf(groups: CloudNetwork['groups']): RulesByGroup {
  return new Map(groups.map(({ id, rules }) => [id, rules.filter(({ egress }) => !egress)]));
}

/** @throws Refused for a stored plan that is not one of security groups. */
function changeOf({ address, port, protocol, place, before, after, steps }: PlanBody): RuleChange {
  const wrong = new Refused(`The plan for ${endpoint(address, port, protocol)} is not one of security groups.`);
  if (place === null || !('groups' in before) || !('groups' in after)) throw wrong;
  const rules = steps.filter((step) => 'groupId' in step);
  if (rules.length !== steps.length) throw wrong;
  return { place, before: before.groups, after: after.groups, steps: rules };
}
