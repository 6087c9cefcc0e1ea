import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  RevokeSecurityGroupIngressCommand,
  type Tag,
} from '@aws-sdk/client-ec2';
import { Refused } from '../../core/errors.ts';

/** On the group: permission to open a rule there. On a rule: it is ours, to be removed. */
const TAG = { Key: 'exposure:canary', Value: 'true' } as const;
const DESCRIPTION = 'Portcullis canary, removed by itself';
/** EC2 gives at most this many rules of one group in one page. */
const PAGE = 1_000;

const isTagged = (tags: readonly Tag[] | undefined) =>
  (tags ?? []).some(({ Key, Value }) => Key === TAG.Key && Value === TAG.Value);

/** The rule could not be removed: a person must. */
export class LeftOpen extends Error {
  override readonly name = 'LeftOpen';
}

/** The one security group that the canary opens a rule on. */
export class CanaryGroup {
  readonly id: string;
  readonly #ec2: EC2Client;

  constructor(ec2: EC2Client, id: string) {
    this.#ec2 = ec2;
    this.id = id;
  }

  /**
   * The public IPv4 address behind the group.
   * @throws Refused unless the group is tagged for this and on exactly one interface with such an address
   */
  async address(): Promise<string> {
    const { SecurityGroups = [] } = await this.#ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [this.id] }));
    if (!isTagged(SecurityGroups[0]?.Tags)) {
      throw new Refused(
        `${this.id} has no tag ${TAG.Key}=${TAG.Value}: nothing is opened on a group that is not meant for it.`,
      );
    }
    const { NetworkInterfaces = [] } = await this.#ec2.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'group-id', Values: [this.id] }] }),
    );
    const addresses = NetworkInterfaces.map(({ Association }) => Association?.PublicIp ?? null);
    const [address] = addresses;
    if (addresses.length !== 1 || address === undefined || address === null) {
      throw new Refused(
        `${this.id} is on ${addresses.length} network interfaces, ${addresses.filter((it) => it !== null).length} of them with a public IPv4 address: the canary needs a group of its own, on one such interface.`,
      );
    }
    return address;
  }

  /** Resolves to the id of the new rule. */
  async open(port: number, source: string): Promise<string> {
    const { SecurityGroupRules = [] } = await this.#ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: this.id,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: port,
            ToPort: port,
            IpRanges: [{ CidrIp: source, Description: DESCRIPTION }],
          },
        ],
        TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [TAG] }],
      }),
    );
    const id = SecurityGroupRules[0]?.SecurityGroupRuleId;
    if (id === undefined) throw new Error(`EC2 did not say which rule it added to ${this.id}`);
    return id;
  }

  /** Removes every rule of the group that a canary opened, this one or one that was killed. Resolves to their ids. */
  async removeRules(): Promise<string[]> {
    const ids = await this.#ownRules();
    if (ids.length > 0) {
      try {
        await this.#ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: this.id, SecurityGroupRuleIds: ids }));
      } catch (error) {
        // Portcullis, or the try whose answer was lost, may have been first: what is there now decides.
        if ((await this.#ownRules()).length > 0) throw error;
      }
    }
    const left = await this.#ownRules();
    if (left.length > 0) throw new Error(`${left.join(', ')} of ${this.id} is still there after it was removed`);
    return ids;
  }

  async #ownRules(): Promise<string[]> {
    const { SecurityGroupRules = [] } = await this.#ec2.send(
      new DescribeSecurityGroupRulesCommand({
        Filters: [{ Name: 'group-id', Values: [this.id] }],
        MaxResults: PAGE,
      }),
    );
    return SecurityGroupRules.flatMap((rule) =>
      rule.IsEgress !== true && isTagged(rule.Tags) && rule.SecurityGroupRuleId !== undefined
        ? [rule.SecurityGroupRuleId]
        : [],
    );
  }
}
