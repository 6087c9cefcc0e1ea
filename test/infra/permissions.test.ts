import type { IRole } from 'aws-cdk-lib/aws-iam';
import { PortcullisFunction } from '../../infra/constructs/portcullis-function.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Deployment,
  deploy,
  ofType,
  READ_ROLE,
  resourcesOf,
  stacksOf,
  WATCHING,
  WRITE_ROLE,
} from './support/deployment.ts';
import { actionsLike, allows, overlaps, reaches, resourcePolicies, statementsOf } from './support/permissions.ts';

/** The calls that change what a security group, or anything like one, lets in. */
const CHANGES = [
  'ec2:Authorize*',
  'ec2:Revoke*',
  'ec2:Modify*',
  'ec2:Create*',
  'ec2:Delete*',
  'ec2:Associate*',
  'ec2:Disassociate*',
  'ec2:Replace*',
  'ec2:Update*',
  'ec2:Attach*',
  'elasticloadbalancing:Set*',
  'elasticloadbalancing:Modify*',
];
const SIGN_IN = {
  issuer: 'https://id.example.com',
  clientId: 'portcullis',
  audience: 'portcullis',
  forSeverity: 'high',
} as const;
const ALL_ENTITIES = [
  'ASSET#0',
  'FINGERPRINT#0',
  'FINDING#0',
  'PLAN#0',
  'APPROVAL#0',
  'WHITELIST',
  'CHANGE#x',
  'AUDIT#x',
  'RUN#x',
];
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];

let deployment: Deployment;
let roles: Record<string, IRole>;

function rolesOf({ pipeline, people, scanners, events }: Deployment): Record<string, IRole> {
  const functions = { ...functionsOf(pipeline), ...functionsOf(people), ...functionsOf(events) };
  return {
    ...Object.fromEntries(Object.entries(functions).map(([name, { role }]) => [name, role])),
    scanner: scanners.scanner.task.taskRole,
  };
}

/** Those fields of a stack that are functions. */
function functionsOf(stack: object): Record<string, PortcullisFunction> {
  return Object.fromEntries(
    Object.entries(stack).flatMap(([name, value]) => (value instanceof PortcullisFunction ? [[name, value]] : [])),
  );
}

const role = (name: string): IRole => {
  const found = roles[name];
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
/** Names of the roles for which `has` holds, sorted. */
const whose = (has: (role: IRole) => boolean) =>
  Object.keys(roles)
    .filter((name) => has(role(name)))
    .toSorted();
const mayAssume = (arn: string) => (one: IRole) =>
  statementsOf(one).some(
    (statement) =>
      allows(statement, 'sts:AssumeRole') && statement.resources.some((resource) => overlaps(resource, arn)),
  );
const mayChangeRules = (one: IRole) => CHANGES.some((change) => actionsLike(one, change).length > 0);

beforeAll(() => {
  deployment = deploy();
  roles = rolesOf(deployment);
});

it('there are roles to look at, and each may do something', () => {
  expect(Object.keys(roles)).toEqual(
    expect.arrayContaining(['dispatch', 'ingest', 'remediate', 'reconcile', 'emit', 'alert', 'approvals', 'scanner']),
  );
  for (const name of Object.keys(roles)) expect(statementsOf(role(name)).length).toBeGreaterThan(0);
});

describe('the scanner', () => {
  it('must not call EC2 or the load balancers', () => {
    expect(actionsLike(role('scanner'), 'ec2:*')).toEqual([]);
    expect(actionsLike(role('scanner'), 'elasticloadbalancing:*')).toEqual([]);
  });

  it('must not read findings, nor anything else of the table but the kill switch, what is ours and which runs are over', () => {
    const known = ['ASSET#0', 'RUN#x'];
    for (const action of ['GetItem', 'BatchGetItem', 'Query']) {
      for (const partition of ALL_ENTITIES) {
        expect([partition, reaches(role('scanner'), action, partition)]).toEqual([
          partition,
          known.includes(partition),
        ]);
      }
    }
    for (const partition of ['CONTROL#kill-switch', ...known]) {
      expect(reaches(role('scanner'), 'GetItem', partition)).toBe(true);
    }
  });

  it('must not write to the table but the leases of addresses, nor delete anything', () => {
    for (const action of WRITES.filter((one) => one !== 'UpdateItem')) {
      expect(actionsLike(role('scanner'), `dynamodb:${action}`)).toEqual([]);
    }
    for (const partition of [...ALL_ENTITIES, 'CONTROL#kill-switch', 'LOCK#x', 'LINE']) {
      expect([partition, reaches(role('scanner'), 'UpdateItem', partition)]).toEqual([partition, false]);
    }
    expect(reaches(role('scanner'), 'UpdateItem', 'LEASE#7')).toBe(true);
  });

  it('must not put work on its own queues', () => {
    const { pipeline } = deployment;
    const lanes = Object.keys(resourcesOf(pipeline)).filter((id) => /^Queuesshards(?!.*(?:dlq|Policy))/.test(id));
    expect(lanes).toHaveLength(3);
    const sends = statementsOf(role('scanner')).filter((statement) => allows(statement, 'sqs:SendMessage'));
    const reached = sends.flatMap(({ resources }) => resources).join(' ');
    expect(reached).not.toBe('');
    for (const lane of lanes) expect(reached).not.toContain(lane);
  });

  it('must not assume a role, sign or check a link, or tell people', () => {
    for (const service of ['sts', 'iam', 'kms', 'sns', 'lambda'])
      expect(actionsLike(role('scanner'), `${service}:*`)).toEqual([]);
  });
});

describe('whoever is not the remediator', () => {
  it('must not assume a write role', () => {
    expect(whose(mayAssume(WRITE_ROLE))).toEqual(['remediate']);
  });

  it('must not change a security group of its own account', () => {
    expect(whose(mayChangeRules)).toEqual(['remediate']);
  });
});

describe('the remediator', () => {
  it('must not change anything in mode observe or propose', () => {
    for (const mode of ['observe', 'propose'] as const) {
      const quiet = rolesOf(deploy({ ...WATCHING, mode }));
      for (const [name, one] of Object.entries(quiet)) {
        const may = mayChangeRules(one) || mayAssume(WRITE_ROLE)(one);
        expect({ name, mode, may }).toEqual({ name, mode, may: false });
      }
    }
  });

  it('must not change egress, delete groups, or touch access lists, routes and interfaces', () => {
    const others = [
      'ec2:*Egress',
      'ec2:*NetworkAcl*',
      'ec2:*Route*',
      'ec2:Modify*Attribute',
      'ec2:ModifyManagedPrefixList',
      'ec2:CreateSecurityGroup',
      'ec2:Delete*',
      'ec2:RunInstances',
    ].flatMap((pattern) => actionsLike(role('remediate'), pattern));
    expect(others.filter((action) => !/^ec2:(Describe|Get)/.test(action))).toEqual([]);
  });

  it('must not sign links, decide approvals by links, or tell people', () => {
    for (const service of ['kms', 'sns']) expect(actionsLike(role('remediate'), `${service}:*`)).toEqual([]);
  });

  it('must not let itself off the whitelist or the kill switch', () => {
    for (const action of WRITES) {
      expect(reaches(role('remediate'), action, 'WHITELIST')).toBe(false);
      expect(reaches(role('remediate'), action, 'CONTROL#kill-switch')).toBe(false);
    }
  });
});

describe('the approval endpoint', () => {
  it('must not touch EC2, nor the load balancers, nor assume a role', () => {
    for (const service of ['ec2', 'elasticloadbalancing', 'sts', 'iam']) {
      expect(actionsLike(role('approvals'), `${service}:*`)).toEqual([]);
    }
  });

  it('must not make links, only check them', () => {
    expect(actionsLike(role('approvals'), 'kms:*')).toEqual(['kms:VerifyMac']);
  });

  it('must not make links either where people sign in: what it seals, it seals with another key', () => {
    const { people } = deploy({ ...WATCHING, signIn: SIGN_IN });
    const keys = (action: string) =>
      statementsOf(people.approvals.role)
        .filter((statement) => allows(statement, action))
        .flatMap(({ resources }) => resources);
    const [made, ...more] = keys('kms:GenerateMac');
    expect(more).toEqual([]);
    expect(made).toContain('SignInKey');
    expect(keys('kms:VerifyMac')).toHaveLength(2);
  });

  it('must not write to any queue but that of the remediator', () => {
    const { pipeline } = deployment;
    const sends = statementsOf(role('approvals')).filter((statement) => allows(statement, 'sqs:SendMessage'));
    const [remediation] = Object.keys(resourcesOf(pipeline)).filter((id) => /^Queuesremediation(?!dlq)/.test(id));
    expect(sends.flatMap(({ resources }) => resources)).toEqual([expect.stringContaining(remediation ?? 'nothing')]);
  });

  it('must not see fingerprints, assets or the whitelist', () => {
    for (const partition of ['FINGERPRINT#0', 'ASSET#0', 'WHITELIST', 'RUN#x', 'CHANGE#x']) {
      expect(reaches(role('approvals'), '*', partition)).toBe(false);
    }
  });
});

describe('the alerter', () => {
  it('must not check links, only make them', () => {
    expect(actionsLike(role('alert'), 'kms:*')).toEqual(['kms:GenerateMac']);
  });

  it('must not touch EC2 or roles', () => {
    for (const service of ['ec2', 'elasticloadbalancing', 'sts', 'iam']) {
      expect(actionsLike(role('alert'), `${service}:*`)).toEqual([]);
    }
  });

  it('must not write approvals, plans or the audit', () => {
    for (const partition of ['APPROVAL#0', 'PLAN#0', 'AUDIT#x', 'WHITELIST']) {
      for (const action of WRITES) expect(reaches(role('alert'), action, partition)).toBe(false);
    }
  });
});

describe('page and API', () => {
  it('must not make or check approval links, nor tell people', () => {
    for (const service of ['kms', 'sns']) expect(actionsLike(role('api'), `${service}:*`)).toEqual([]);
  });

  it('must not turn the kill switch, take locks or write what scans found', () => {
    for (const partition of ['CONTROL#kill-switch', 'LOCK#x', 'FINGERPRINT#0', 'CHANGE#x', 'ADMITTED#0', 'SGR#x']) {
      for (const action of WRITES) expect(reaches(role('api'), action, partition)).toBe(false);
    }
  });
});

describe('nobody', () => {
  it('but the alerter may tell people', () => {
    expect(whose((one) => actionsLike(one, 'sns:*').length > 0)).toEqual(['alert']);
  });

  it('may both make and check links', () => {
    const makers = whose((one) => actionsLike(one, 'kms:GenerateMac').length > 0);
    const checkers = whose((one) => actionsLike(one, 'kms:VerifyMac').length > 0);
    expect(makers).toEqual(['alert']);
    expect(checkers).toEqual(['approvals']);
    expect(makers.filter((name) => checkers.includes(name))).toEqual([]);
  });

  it('may change or delete a row of the audit, or a decision', () => {
    for (const partition of ['AUDIT#x', 'APPROVAL#0', 'PLAN#0', 'FINDING#0', 'WHITELIST']) {
      for (const action of ['UpdateItem', 'DeleteItem', 'BatchWriteItem']) {
        expect(whose((one) => reaches(one, action, partition))).toEqual([]);
      }
    }
  });

  it('may read the table whole, or turn the kill switch', () => {
    expect(whose((one) => actionsLike(one, 'dynamodb:Scan').length > 0)).toEqual([]);
    for (const action of WRITES) expect(whose((one) => reaches(one, action, 'CONTROL#kill-switch'))).toEqual([]);
  });

  it('may reach an account through its read role but those who judge, read or change networks', () => {
    const readers = whose(mayAssume(READ_ROLE));
    expect(readers).toEqual(expect.arrayContaining(['ingest', 'reconcile', 'remediate']));
    for (const never of ['alert', 'approvals', 'emit', 'scanner']) expect(readers).not.toContain(never);
  });

  it('may hand on a role, make one, or call everything of a service', () => {
    for (const name of Object.keys(roles)) {
      expect(actionsLike(role(name), 'iam:*')).toEqual([]);
      for (const statement of statementsOf(role(name))) {
        expect(statement.notActions).toEqual([]);
        expect(statement.notResources).toEqual([]);
        for (const action of statement.actions) expect(action).not.toContain('*');
      }
    }
  });

  it('has a policy that somebody else manages', () => {
    for (const stack of stacksOf(deployment)) {
      for (const { Properties } of ofType(stack, 'AWS::IAM::Role'))
        expect(Properties['ManagedPolicyArns']).toBeUndefined();
      expect(ofType(stack, 'AWS::IAM::ManagedPolicy')).toEqual([]);
      expect(ofType(stack, 'AWS::IAM::User')).toEqual([]);
    }
  });

  it('runs code that is not ours', () => {
    const ours = [
      'Alert',
      'Api',
      'Approvals',
      'Dispatch',
      'Emit',
      'FirewallEvents',
      'Ingest',
      'Inventory',
      'Reconcile',
      'Remediate',
    ];
    const ids = stacksOf(deployment).flatMap((stack) =>
      Object.entries(resourcesOf(stack)).flatMap(([id, { Type }]) => (Type === 'AWS::Lambda::Function' ? [id] : [])),
    );
    expect(ids.length).toBeGreaterThanOrEqual(7);
    for (const id of ids) expect(ours.some((name) => id.startsWith(`${name}Function`))).toBe(true);
  });
});

describe('what resources say themselves', () => {
  const everyone = () => stacksOf(deployment).flatMap((stack) => resourcePolicies(resourcesOf(stack)));

  it('must not admit anybody without a condition on who it is', () => {
    const open = everyone().filter(({ effect, principals }) => effect === 'Allow' && principals.includes('*'));
    expect(open.map(({ actions, condition }) => ({ actions, condition }))).toEqual([
      { actions: ['events:PutEvents'], condition: { StringEquals: { 'aws:PrincipalOrgID': ['${OrganizationId}'] } } },
    ]);
  });

  it('must not admit another account by its number', () => {
    const named = everyone()
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ principals }) => principals);
    expect(named.length).toBeGreaterThan(2);
    for (const principal of named) {
      expect(principal).toMatch(
        /^(\*|[a-z0-9.-]+\.amazonaws\.com|arn:\$\{AWS::Partition\}:iam::\$\{AWS::AccountId\}:root)$/,
      );
    }
  });

  it('denies what does not come over TLS', () => {
    const denied = everyone().filter(
      ({ effect, condition }) => effect === 'Deny' && condition['Bool']?.['aws:SecureTransport']?.[0] === 'false',
    );
    const queues = stacksOf(deployment).flatMap((stack) => ofType(stack, 'AWS::SQS::Queue'));
    const topics = stacksOf(deployment).flatMap((stack) => ofType(stack, 'AWS::SNS::Topic'));
    const buckets = stacksOf(deployment).flatMap((stack) => ofType(stack, 'AWS::S3::Bucket'));
    expect(denied).toHaveLength(queues.length + topics.length + buckets.length);
  });
});
