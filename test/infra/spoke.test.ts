import { FINDING_TAG } from '../../adapters/aws/roles.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, deploy, ofType } from './support/deployment.ts';
import { actionsLike, statementsIn, statementsOf, trustOf } from './support/permissions.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

const roles = () => {
  const { spoke } = deployment;
  return spoke.roles;
};

const CLIENTS = [
  ['client-ec2', 'ec2'],
  ['client-elastic-load-balancing-v2', 'elasticloadbalancing'],
] as const;

/** Calls of EC2 and the load balancers in the adapters, as actions of IAM. */
function callsOfAdapters(): string[] {
  const folder = new URL('../../adapters/aws/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const calls = files.flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    return CLIENTS.flatMap(([client, service]) =>
      [...text.matchAll(new RegExp(`import \\{([^}]+)\\} from '@aws-sdk/${client}'`, 'g'))].flatMap(([, names = '']) =>
        [...names.matchAll(/(\w+)Command\b/g)].map(([, call = '']) => `${service}:${call}`),
      ),
    );
  });
  return [...new Set<string>(calls)].toSorted();
}
const isRead = (action: string) => /:(Describe|Get)/.test(action);

describe('the template for member accounts', () => {
  it('stands alone: no assets, no bootstrap, nothing taken from another stack', () => {
    const template = JSON.stringify(Template.fromStack(deployment.spoke).toJSON());
    expect(template).not.toMatch(/BootstrapVersion|cdk-bootstrap|Fn::ImportValue|cdk-hnb659fds/);
    expect(deployment.spoke.dependencies).toEqual([]);
  });

  it('asks for the roles that the hub puts out, under the same names', () => {
    const parameters = Object.keys(Template.fromStack(deployment.spoke).findParameters('*'));
    const outputs = [deployment.pipeline, deployment.people, deployment.events].flatMap((stack) =>
      Object.keys(Template.fromStack(stack).findOutputs('Hub*')),
    );
    const fromHub = [deployment.pipeline, deployment.people, deployment.events].flatMap((stack) =>
      Object.keys((Template.fromStack(stack).toJSON()['Outputs'] ?? {}) as object).filter((name) =>
        name.startsWith('Hub'),
      ),
    );
    expect(outputs.every((name) => fromHub.includes(name))).toBe(true);
    expect(parameters.toSorted()).toEqual(['ExternalId', 'Regions', ...fromHub].toSorted());
  });

  it('has no role without an end user: read, write, and one for each rule that sends events', () => {
    expect(ofType(deployment.spoke, 'AWS::IAM::Role')).toHaveLength(6);
  });
});

describe('the read role', () => {
  it('may make every call of the adapters that reads, and no other', () => {
    const allowed = statementsOf(roles().read).flatMap(({ actions }) => actions);
    const calls = callsOfAdapters();
    expect(calls.length).toBeGreaterThan(15);
    expect(allowed.toSorted()).toEqual(calls.filter(isRead));
  });

  it('must not write', () => {
    for (const { actions } of statementsOf(roles().read)) {
      for (const action of actions)
        expect(action).toMatch(/^(ec2:(Describe|Get)|elasticloadbalancing:Describe)[A-Za-z]+$/);
    }
  });

  it('is trusted to the functions of the hub that read networks, with the external id', () => {
    const trust = trustOf(roles().read);
    expect(trust.flatMap(({ principals }) => principals).toSorted()).toEqual([
      '${HubApiRoleArn}',
      '${HubFirewallEventsRoleArn}',
      '${HubIngestRoleArn}',
      '${HubInventoryRoleArn}',
      '${HubReconcileRoleArn}',
      '${HubRemediateRoleArn}',
    ]);
    for (const { condition } of trust)
      expect(condition).toEqual({ StringEquals: { 'sts:ExternalId': ['${ExternalId}'] } });
  });
});

describe('the write role', () => {
  const changes = () => statementsOf(roles().write).filter(({ effect }) => effect === 'Allow');

  it('may make every call of the adapters that changes, and tag what it makes, and no other', () => {
    const allowed = changes().flatMap(({ actions }) => actions);
    expect(allowed.toSorted()).toEqual(
      ['ec2:CreateTags', ...callsOfAdapters().filter((call) => !isRead(call))].toSorted(),
    );
  });

  it('must not touch egress, groups themselves, access lists, routes, interfaces or prefix lists', () => {
    for (const pattern of [
      'ec2:*Egress',
      'ec2:*NetworkAcl*',
      'ec2:*Route*',
      'ec2:*Attribute',
      'ec2:*PrefixList*',
      'ec2:*SecurityGroup',
      'iam:*',
      'sts:*',
    ]) {
      expect(actionsLike(roles().write, pattern)).toEqual([]);
    }
  });

  it('changes nothing but groups and rules of its own account, in the named Regions', () => {
    for (const { resources, condition } of changes()) {
      for (const resource of resources) {
        expect(resource).toMatch(/^arn:\$\{AWS::Partition\}:ec2:\*:\$\{AWS::AccountId\}:security-group(-rule)?\/\*$/);
      }
      expect(condition['StringEquals']?.['aws:RequestedRegion']).toEqual(['${Regions}']);
    }
  });

  it('tags a rule only while it makes it', () => {
    const [tagging] = changes().filter(({ actions }) => actions.includes('ec2:CreateTags'));
    expect(tagging?.condition['StringEquals']?.['ec2:CreateAction']).toEqual(['AuthorizeSecurityGroupIngress']);
  });

  it('is denied every change of what carries the tag exposure:never-touch, unless its value is false', () => {
    const [denial, ...more] = statementsOf(roles().write).filter(({ effect }) => effect === 'Deny');
    expect(more).toEqual([]);
    expect(denial?.actions.toSorted()).toEqual(callsOfAdapters().filter((call) => !isRead(call)));
    expect(denial?.condition).toEqual({
      Null: { 'aws:ResourceTag/exposure:never-touch': ['false'] },
      StringNotEqualsIgnoreCase: { 'aws:ResourceTag/exposure:never-touch': ['false'] },
    });
  });

  it('is trusted to the remediator alone, with the external id', () => {
    const trust = trustOf(roles().write);
    expect(new Set(trust.flatMap(({ principals }) => principals))).toEqual(new Set(['${HubRemediateRoleArn}']));
    const externalId = { StringEquals: { 'sts:ExternalId': ['${ExternalId}'] } };
    expect(trust.map(({ actions, condition }) => [actions, condition])).toEqual([
      [['sts:AssumeRole'], externalId],
      [['sts:TagSession'], { ...externalId, 'ForAllValues:StringEquals': { 'aws:TagKeys': [FINDING_TAG] } }],
    ]);
  });
});

describe('the rules that send events', () => {
  it('must not put events anywhere but on the bus of the hub', () => {
    const policies = ofType(deployment.spoke, 'AWS::IAM::Policy').flatMap(({ Properties }) =>
      statementsIn(Properties['PolicyDocument']),
    );
    const sends = policies.filter(({ actions }) => actions.includes('events:PutEvents'));
    expect(sends).toHaveLength(4);
    for (const { resources } of sends) expect(resources).toEqual(['${HubBusArn}']);
  });
});
