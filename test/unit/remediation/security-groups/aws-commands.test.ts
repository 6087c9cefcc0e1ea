import { describe, expect, it } from 'vitest';
import { awsCommands } from '../../../../core/remediation/security-groups/aws-commands.ts';
import type { RuleShape } from '../../../../core/remediation/security-groups/rule-step.ts';

const PLACE = { account: '111122223333', region: 'eu-west-1' };
const RANGE: RuleShape = {
  protocol: 'tcp',
  fromPort: 20,
  toPort: 21,
  source: { kind: 'ipv4', cidr: '0.0.0.0/0' },
  description: "the vendor's door",
};

describe('the AWS commands of a change', () => {
  it('add a rule with its description and tags, quoted for a shell', () => {
    expect(
      awsCommands(PLACE, [{ op: 'authorize', groupId: 'sg-1', rule: RANGE, tags: { 'exposure:split-from': 'sgr-1' } }]),
    ).toEqual([
      String.raw`aws ec2 authorize-security-group-ingress --region eu-west-1 --group-id sg-1 --ip-permissions '[{"IpProtocol":"tcp","FromPort":20,"ToPort":21,"IpRanges":[{"CidrIp":"0.0.0.0/0","Description":"the vendor'\''s door"}]}]' --tag-specifications '[{"ResourceType":"security-group-rule","Tags":[{"Key":"exposure:split-from","Value":"sgr-1"}]}]'`,
    ]);
  });

  it('shrink a rule by its id and give its description again', () => {
    const to: RuleShape = { ...RANGE, toPort: 20, source: { kind: 'ipv6', cidr: '::/0' }, description: 'door' };
    expect(awsCommands(PLACE, [{ op: 'modify', groupId: 'sg-1', ruleId: 'sgr-1', from: RANGE, to }])).toEqual([
      `aws ec2 modify-security-group-rules --region eu-west-1 --group-id sg-1 --security-group-rules '[{"SecurityGroupRuleId":"sgr-1","SecurityGroupRule":{"IpProtocol":"tcp","FromPort":20,"ToPort":20,"CidrIpv6":"::/0","Description":"door"}}]'`,
    ]);
  });

  it('remove a rule by its id alone', () => {
    expect(awsCommands(PLACE, [{ op: 'revoke', groupId: 'sg-1', ruleId: 'sgr-1', rule: RANGE }])).toEqual([
      'aws ec2 revoke-security-group-ingress --region eu-west-1 --group-id sg-1 --security-group-rule-ids sgr-1',
    ]);
  });

  it('remove a rule that EC2 had not named yet by what it says', () => {
    expect(
      awsCommands(PLACE, [{ op: 'revoke', groupId: 'sg-1', ruleId: 'new:1', rule: { ...RANGE, description: null } }]),
    ).toEqual([
      `aws ec2 revoke-security-group-ingress --region eu-west-1 --group-id sg-1 --ip-permissions '[{"IpProtocol":"tcp","FromPort":20,"ToPort":21,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]'`,
    ]);
  });

  it('write every kind of source, and no ports where there are none', () => {
    const all = { protocol: '-1', fromPort: null, toPort: null, description: null };
    const rules: RuleShape[] = [
      { ...all, source: { kind: 'prefix-list', id: 'pl-1' } },
      { ...all, source: { kind: 'group', id: 'sg-2', account: '444455556666' } },
    ];
    const commands = awsCommands(
      PLACE,
      rules.map((rule) => ({ op: 'authorize' as const, groupId: 'sg-1', rule, tags: {} })),
    );
    expect(commands.map((command) => command.slice(command.indexOf("'")))).toEqual([
      `'[{"IpProtocol":"-1","PrefixListIds":[{"PrefixListId":"pl-1"}]}]'`,
      `'[{"IpProtocol":"-1","UserIdGroupPairs":[{"GroupId":"sg-2","UserId":"444455556666"}]}]'`,
    ]);
  });
});
