import {
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclEntryCommand,
  CreateRouteCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { PrefixList, SecurityGroupRule } from '../../../core/cloud/network.ts';
import { parseAddress } from '../../../core/net/address.ts';
import type { RulesByGroup } from '../../../core/remediation/security-groups/closure-plan.ts';
import { adminClient, aVpc, type SmallVpc } from '../aws/small-cloud.ts';
import { permissionsOf, readRules } from './rules-on-the-wire.ts';

/** Any image: moto starts nothing. */
const IMAGE = 'ami-12c6146b';

/**
 * One machine in moto that the internet reaches by IPv4 and IPv6, with two groups whose rules are set anew for each case. What cases call
 * `sg-1`, `sg-9`, `pl-mixed` has other ids here.
 */
export class ClosureLab {
  readonly ec2: EC2Client;
  readonly v4: string;
  readonly v6: string;
  /** The two groups of the machine, real ids. */
  readonly groupIds: readonly string[];
  /** The lists of the cases by their real ids. */
  readonly lists: readonly PrefixList[];
  readonly interfaceId: string;
  readonly vpc: SmallVpc;
  readonly #ids: ReadonlyMap<string, string>;

  private constructor(
    parts: Pick<ClosureLab, 'ec2' | 'v4' | 'v6' | 'lists' | 'interfaceId' | 'vpc'>,
    ids: Map<string, string>,
  ) {
    this.ec2 = parts.ec2;
    this.v4 = parts.v4;
    this.v6 = parts.v6;
    this.lists = parts.lists;
    this.interfaceId = parts.interfaceId;
    this.vpc = parts.vpc;
    this.#ids = ids;
    this.groupIds = ['sg-1', 'sg-2'].map((name) => this.idOf(name));
  }

  static async start(url: string, lists: readonly PrefixList[]): Promise<ClosureLab> {
    const ec2 = adminClient(url);
    const vpc = await aVpc(ec2);
    await openToTheInternet(ec2, vpc);
    const ids = new Map<string, string>();
    for (const name of ['sg-1', 'sg-2', 'sg-8', 'sg-9']) ids.set(name, await vpc.group(name));
    for (const list of lists) ids.set(list.id, await makeList(ec2, list));
    const groups = ['sg-1', 'sg-2'].map((name) => ids.get(name)!);
    const interfaceId = await vpc.networkInterface(groups, { Ipv6AddressCount: 1 });
    await ec2.send(
      new RunInstancesCommand({
        ImageId: IMAGE,
        MinCount: 1,
        MaxCount: 1,
        NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: interfaceId }],
      }),
    );
    const { address: v4 } = await vpc.elasticIp(interfaceId);
    const found = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [interfaceId] }));
    const v6 = parseAddress(found.NetworkInterfaces![0]!.Ipv6Addresses![0]!.Ipv6Address!);
    const real = lists.map((list) => ({ ...list, id: ids.get(list.id)! }));
    return new ClosureLab({ ec2, v4, v6, lists: real, interfaceId, vpc }, ids);
  }

  /** The real id of what a case calls `sg-1` or `pl-mixed`. */
  idOf(name: string): string {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`the lab has no ${name}`);
    return id;
  }

  /** The groups hold these rules and no other. */
  async load(rules: RulesByGroup): Promise<void> {
    for (const groupId of this.groupIds) await this.clear(groupId);
    for (const [name, each] of rules)
      await this.authorize(
        this.idOf(name),
        each.map((rule) => this.#real(rule)),
      );
  }

  /** As few calls as tags allow. */
  async authorize(GroupId: string, rules: readonly SecurityGroupRule[]): Promise<void> {
    for (const [tags, alike] of Map.groupBy(rules, (rule) => JSON.stringify(rule.tags))) {
      const Tags = Object.entries(JSON.parse(tags) as Record<string, string>).map(([Key, Value]) => ({ Key, Value }));
      const tagged = Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }] };
      await this.ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: permissionsOf(alike), ...tagged }),
      );
    }
  }

  async clear(GroupId: string): Promise<void> {
    const rules = (await readRules(this.ec2, [GroupId])).get(GroupId) ?? [];
    if (rules.length === 0) return;
    await this.revoke(
      GroupId,
      rules.map(({ id }) => id),
    );
  }

  async revoke(GroupId: string, SecurityGroupRuleIds: string[]): Promise<void> {
    await this.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }));
  }

  /** What the groups hold now, read without the code under test. */
  live(): Promise<RulesByGroup> {
    return readRules(this.ec2, this.groupIds);
  }

  #real(rule: SecurityGroupRule): SecurityGroupRule {
    const { source } = rule;
    return 'id' in source ? { ...rule, source: { ...source, id: this.idOf(source.id) } } : rule;
  }
}

async function openToTheInternet(ec2: EC2Client, { vpcId }: SmallVpc): Promise<void> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway!.InternetGatewayId!;
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
  const route = { RouteTableId: RouteTables![0]!.RouteTableId!, GatewayId: InternetGatewayId };
  await ec2.send(new CreateRouteCommand({ ...route, DestinationCidrBlock: '0.0.0.0/0' }));
  await ec2.send(new CreateRouteCommand({ ...route, DestinationIpv6CidrBlock: '::/0' }));
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ Filters }));
  const row = { NetworkAclId: NetworkAcls![0]!.NetworkAclId!, RuleNumber: 101, Protocol: '-1' };
  for (const Egress of [false, true]) {
    await ec2.send(new CreateNetworkAclEntryCommand({ ...row, Egress, RuleAction: 'allow', Ipv6CidrBlock: '::/0' }));
  }
}

/** A list of AWS's own is one that moto has already; its entries do not matter, for it is known by name only. */
async function makeList(ec2: EC2Client, { name, family, ownerId, maxEntries, entries }: PrefixList): Promise<string> {
  const AddressFamily = family === 'v6' ? 'IPv6' : 'IPv4';
  if (ownerId === 'AWS') {
    const { PrefixLists } = await ec2.send(new DescribeManagedPrefixListsCommand({}));
    return PrefixLists!.find((list) => list.OwnerId === 'AWS' && list.AddressFamily === AddressFamily)!.PrefixListId!;
  }
  const made = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: name,
      AddressFamily,
      MaxEntries: maxEntries ?? entries.length,
      Entries: entries.map(({ cidr }) => ({ Cidr: cidr })),
    }),
  );
  return made.PrefixList!.PrefixListId!;
}
