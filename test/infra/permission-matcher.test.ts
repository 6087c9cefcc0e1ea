import * as fc from 'fast-check';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { deploy } from './support/deployment.ts';
import { actionsLike, allows, overlaps, reaches, type Statement, statementsIn } from './support/permissions.ts';

const statement = (raw: object): Statement => {
  const [first] = statementsIn({ Statement: { Effect: 'Allow', Resource: '*', ...raw } });
  if (first === undefined) throw new Error('no statement');
  return first;
};

describe('the matcher of these tests', () => {
  it.each([
    ['ec2:*', 'ec2:DescribeVpcs', true],
    ['ec2:Describe*', 'ec2:*', true],
    ['EC2:describevpcs', 'ec2:DescribeVpcs', true],
    ['*', 'ec2:DescribeVpcs', true],
    ['ec2:?escribeVpcs', 'ec2:DescribeVpcs', true],
    ['e*:*Ingress', 'ec2:RevokeSecurityGroupIngress', true],
    ['ec2:Describe*', 'ec2:Revoke*', false],
    ['ecs:*', 'ec2:*', false],
    ['sqs:SendMessage', 'sqs:SendMessageBatch', false],
    ['FINDING#*', 'FINDING#3', true],
    ['FINDING#*', 'PLAN#*', false],
  ])('says of %s and %s: %s', (a, b, expected) => {
    expect(overlaps(a, b)).toBe(expected);
    expect(overlaps(b, a)).toBe(expected);
  });

  it('finds every text that fits a pattern, however the pattern was made of it', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 8 });
    fc.assert(
      fc.property(
        letters,
        fc.array(fc.constantFrom('keep', 'star', 'mark'), { minLength: 8, maxLength: 8 }),
        (text, how) => {
          const pattern = text
            .split('')
            .map((letter, i) => ({ keep: letter, star: '*', mark: '?' })[how[i] ?? 'keep'])
            .join('');
          expect(overlaps(pattern, text)).toBe(true);
          expect(overlaps(`${pattern}*`, text)).toBe(true);
          expect(overlaps(pattern.replaceAll('*', 'z').replaceAll('?', 'z') + 'z', text)).toBe(false);
        },
      ),
    );
  });

  it('reads a single action, a list, NotAction and a denial', () => {
    expect(allows(statement({ Action: 'ec2:*' }), 'ec2:DescribeVpcs')).toBe(true);
    expect(allows(statement({ Action: ['s3:GetObject', 'ec2:Describe*'] }), 'ec2:*')).toBe(true);
    expect(allows(statement({ NotAction: 's3:*' }), 'ec2:*')).toBe(true);
    expect(allows(statement({ NotAction: 's3:*' }), 's3:GetObject')).toBe(false);
    expect(allows(statement({ NotAction: 's3:GetObject' }), 's3:*')).toBe(true);
    expect(allows(statement({ Effect: 'Deny', Action: 'ec2:*' }), 'ec2:*')).toBe(false);
  });

  it('sees a permission that was added to a role, however it was written', () => {
    const { scanners } = deploy();
    const { taskRole } = scanners.scanner.task;
    taskRole.addToPrincipalPolicy(new PolicyStatement({ actions: ['EC2:Describe*'], resources: ['*'] }));
    const extra = new ManagedPolicy(scanners, 'Extra', {
      statements: [new PolicyStatement({ notActions: ['iam:*'], resources: ['*'] })],
    });
    extra.attachToRole(taskRole);
    expect(actionsLike(taskRole, 'ec2:*')).toEqual(expect.arrayContaining(['EC2:Describe*', 'not iam:*']));
    expect(actionsLike(taskRole, 'sts:AssumeRole')).toEqual(['not iam:*']);
    expect(reaches(taskRole, 'PutItem', 'FINDING#3')).toBe(true);
  });

  it.each([
    ['as it is', [], false, false],
    ['with a condition that is too wide', ['F*'], true, false],
    ['without a condition', null, true, true],
  ])('sees which partitions a role reaches: %s', (_, keys, findings, plans) => {
    const { scanners, data } = deploy();
    const { taskRole } = scanners.scanner.task;
    if (keys === null || keys.length > 0) {
      const conditions = keys === null ? {} : { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } };
      taskRole.addToPrincipalPolicy(
        new PolicyStatement({ actions: ['dynamodb:G*'], resources: [data.table.tableArn], conditions }),
      );
    }
    expect(reaches(taskRole, 'GetItem', 'FINDING#3')).toBe(findings);
    expect(reaches(taskRole, 'GetItem', 'PLAN#3')).toBe(plans);
  });
});
