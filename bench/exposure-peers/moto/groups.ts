import {
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateSecurityGroupCommand,
  DescribeManagedPrefixListsCommand,
  type EC2Client,
  type IpPermission,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { List, Rule, World } from '../corpus/world.ts';
import { known, type Vpc } from './vpc.ts';

/** Name in the case -> id. */
type Ids = ReadonlyMap<string, string>;

/** Groups with their rules, and the prefix lists that they refer to. */
export async function makeGroups(
  ec2: EC2Client,
  world: World,
  vpc: Vpc,
  tags: Tag[],
): Promise<{ groups: Ids; lists: Ids }> {
  const lists = new Map<string, string>();
  for (const [name, list] of Object.entries(world.lists)) lists.set(name, await makeList(ec2, name, list));
  const groups = new Map([['default', vpc.defaultGroupId]]);
  for (const name of Object.keys(world.groups)) {
    const made = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: name,
        VpcId: vpc.id,
        TagSpecifications: [{ ResourceType: 'security-group', Tags: tags }],
      }),
    );
    groups.set(name, known(made.GroupId, 'a group'));
  }
  for (const [name, rules] of Object.entries(world.groups)) {
    // One call for each protocol and port range: EC2 shows such rules as one entry with several sources.
    for (const alike of Object.values(
      Object.groupBy(rules, ({ protocol, ports }) => `${protocol} ${ports?.join('-')}`),
    )) {
      const IpPermissions = [permissionOf(alike ?? [], groups, lists)];
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: groups.get(name), IpPermissions }));
    }
  }
  return { groups, lists };
}

async function makeList(ec2: EC2Client, name: string, { family, entries, awsName }: List): Promise<string> {
  if (entries === null) {
    const { PrefixLists } = await ec2.send(new DescribeManagedPrefixListsCommand({}));
    return known(PrefixLists?.find((each) => each.PrefixListName === awsName)?.PrefixListId, `list ${awsName}`);
  }
  const { PrefixList } = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: name,
      AddressFamily: family === 'v6' ? 'IPv6' : 'IPv4',
      MaxEntries: Math.max(1, entries.length),
      Entries: entries.map((Cidr) => ({ Cidr })),
    }),
  );
  return known(PrefixList?.PrefixListId, 'a prefix list');
}

function permissionOf(rules: readonly Rule[], groups: Ids, lists: Ids): IpPermission {
  const sources = rules.map(({ source }) => source);
  const cidrs = sources.filter((source) => source.includes('/'));
  const named = (prefix: string, ids: Ids) =>
    sources.flatMap((source) => (source.startsWith(prefix) ? [ids.get(source.slice(prefix.length))] : []));
  const [first] = rules;
  return {
    IpProtocol: first?.protocol,
    ...portsOf(first),
    IpRanges: cidrs.filter((cidr) => !cidr.includes(':')).map((CidrIp) => ({ CidrIp })),
    Ipv6Ranges: cidrs.filter((cidr) => cidr.includes(':')).map((CidrIpv6) => ({ CidrIpv6 })),
    UserIdGroupPairs: named('group:', groups).map((GroupId) => ({ GroupId })),
    PrefixListIds: named('list:', lists).map((PrefixListId) => ({ PrefixListId })),
  };
}

/** Protocol -1 has no ports at all; moto wants -1 for others that have none. */
function portsOf(rule: Rule | undefined): Pick<IpPermission, 'FromPort' | 'ToPort'> {
  if (rule === undefined || rule.protocol === '-1') return {};
  return { FromPort: rule.ports?.[0] ?? -1, ToPort: rule.ports?.[1] ?? -1 };
}
